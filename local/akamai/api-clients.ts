/**
 * Akamai's Identity and Access Management API v3, as far as an API client's own credentials. Strict: what is not modelled is an error
 * of this stand-in's own, and above all the paths that are about all of a client's credentials at once.
 */
import type { ApiClient, Credential } from './credential-store.ts';
import { ProblemError } from './problem.ts';

export type Answer = { status: number; body?: unknown; headers?: Record<string, string> };

/** Thrown where a request is not one that is modelled: a mistake of whoever sent it, or of this stand-in. */
class NotModelledError extends Error {
  override name = 'NotModelledError';
}

const SELF = '/identity-management/v3/api-clients/self';
const TWO_YEARS_MS = 2 * 365 * 86_400_000;
/** What a test asks this stand-in to allow; Akamai documents no number. */
const MOST_ACTIVE = 2;

const problem = (status: number, title: string) =>
  new ProblemError(status, { type: '/identity-management/error-types/25', title, detail: '' });

export function answer(client: ApiClient, { method, url }: { method: string; url: string }): Answer {
  const { pathname, search } = new URL(url, 'https://akamai');
  const one = new RegExp(`^${SELF}/credentials/([1-9]\\d*)(/deactivate)?$`).exec(pathname);
  const asked = one ? `${method} one${one[2] ?? ''}` : `${method} ${pathname.replace(SELF, 'self')}`;
  switch (asked) {
    case 'GET self':
      mustBe(search, '?apiAccess=true&groupAccess=true');
      return { status: 200, body: describeClient(client) };
    case 'GET self/credentials':
      return { status: 200, body: client.credentials.map((credential) => tell(client, credential, search)) };
    case 'POST self/credentials':
      return create(client);
    case 'POST one/deactivate':
      return deactivate(client, find(client, one?.[1]));
    case 'DELETE one':
      return remove(client, find(client, one?.[1]));
    case 'GET /papi/v1/contracts':
      if (!client.grants.apis.has(5580)) throw forbidden();
      return { status: 200, body: { contracts: { items: [] } } };
    default:
      throw new NotModelledError(`${method} ${url}`);
  }
}

function create(client: ApiClient): Answer {
  if (client.credentials.filter(({ status }) => status === 'ACTIVE').length >= MOST_ACTIVE)
    throw problem(400, 'ERROR_CREDENTIAL_LIMIT');
  const credential = client.add();
  const { clientSecret } = credential;
  const { actions, maxAllowedExpiry, ...told } = tell(client, credential, '');
  return { status: 201, body: { ...told, clientSecret } };
}

function deactivate(client: ApiClient, credential: Credential): Answer {
  if (!client.grants.mayDeactivate) throw forbidden();
  client.setStatus(credential, 'INACTIVE');
  return { status: 204 };
}

function remove(client: ApiClient, credential: Credential): Answer {
  if (credential.status === 'ACTIVE') throw problem(400, 'ERROR_CREDENTIAL_ACTIVE');
  client.setStatus(credential, 'DELETED');
  return { status: 204 };
}

function find(client: ApiClient, id = ''): Credential {
  const credential = client.credentials.find((one) => String(one.id) === id && one.status !== 'DELETED');
  if (credential === undefined) throw problem(404, 'ERROR_NO_CREDENTIAL');
  return credential;
}

/** What was deleted stays in the list, as Akamai has it. */
function tell({ grants }: ApiClient, credential: Credential, search: string) {
  const { id, clientToken, status, createdOn, description } = credential;
  const expiry = new Date(+createdOn + TWO_YEARS_MS).toISOString();
  const { mayDeactivate } = grants;
  return {
    credentialId: id,
    clientToken,
    status,
    createdOn: createdOn.toISOString(),
    description,
    expiresOn: expiry,
    maxAllowedExpiry: expiry,
    actions: search === '?actions=true' ? { deactivate: mayDeactivate, delete: true, activate: true } : null,
  };
}

function describeClient({ clientId, accessToken, grants }: ApiClient) {
  const apis = [...grants.apis].map(([apiId, accessLevel]) => ({ apiId, accessLevel, apiName: `API ${apiId}` }));
  return {
    clientId,
    accessToken,
    clientType: 'CLIENT',
    isLocked: false,
    apiAccess: { allAccessibleApis: false, apis },
    groupAccess: { cloneAuthorizedUserGroups: false, groups: [{ groupId: 41_241, roleId: 12, subgroups: [] }] },
  };
}

function mustBe(search: string, wanted: string): void {
  if (search !== wanted) throw new NotModelledError(`a query ${search}`);
}

function forbidden(): ProblemError {
  const detail = 'The client does not have the grant needed for the request';
  return new ProblemError(403, { type: '/-/pep-authz/deny', title: 'Forbidden', detail });
}
