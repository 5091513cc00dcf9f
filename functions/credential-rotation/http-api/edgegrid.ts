/**
 * Akamai's own API for API clients: a client that may use it rotates its own credentials, which share host and access token.
 * Source: Identity and Access Management API v3, `api-clients/self`.
 */
import * as z from 'zod';
import { RefusalError } from '../../runtime/errors.ts';
import type { Credential, Subject } from '../kind.ts';
import type { Api, Grants, Listing } from './api.ts';
import type { Secret, Settings } from './contract.ts';
import { isWrongCredential, refuse } from './problem.ts';
import { type Asked, type EdgeRc, type Reaching, send } from './signed-request.ts';

export type Held = EdgeRc & Credential;

const Held = z.looseObject({
  client_secret: z.string().min(1),
  host: z.string().min(1),
  access_token: z.string().min(1),
  client_token: z.string().min(1),
});

const SELF = '/identity-management/v3/api-clients/self';
const CREDENTIALS = `${SELF}/credentials`;

const CredentialId = z.int().positive().transform(String);
const Listed = z.object({
  credentialId: CredentialId,
  clientToken: z.string().min(1),
  status: z.enum(['ACTIVE', 'INACTIVE', 'DELETED']),
  createdOn: z.iso.datetime({ offset: true }),
  description: z.string().nullish(),
  actions: z.object({ deactivate: z.boolean() }).partial().nullish(),
});
const Created = z.object({
  credentialId: CredentialId,
  clientToken: z.string().min(1),
  clientSecret: z.string().min(1),
});
const Client = z.object({
  clientId: z.string().min(1),
  apiAccess: z.object({
    allAccessibleApis: z.boolean(),
    apis: z.array(z.object({ apiId: z.int(), accessLevel: z.string() })).nullish(),
  }),
  groupAccess: z.object({
    cloneAuthorizedUserGroups: z.boolean(),
    groups: z.array(z.object({ groupId: z.int(), roleId: z.int() })).nullish(),
  }),
});

export function openEdgeGrid({ run, entry }: Pick<Subject<Settings, Secret>, 'run' | 'entry'>): Api<Held> {
  const reaching = { deadline: run.deadline, caPem: entry.caPem };
  return {
    read: (text) => readHeld(text, entry),
    nameOf: ({ host }) => `API client at ${host}`,
    tokenOf: (held) => held.client_token,
    list: (as) => list(as, reaching),
    create: (as) => create(as, reaching),
    deactivate: async (as, id) =>
      void (await ask(as, { method: 'POST', path: `${onlyOne(id)}/deactivate` }, { ...reaching, wanted: 204 })),
    remove: async (as, id) =>
      void (await ask(as, { method: 'DELETE', path: onlyOne(id) }, { ...reaching, wanted: 204 })),
    works: (held) => works(held, reaching),
    work: async (held) =>
      void (await ask(held, { method: 'GET', path: entry.work ?? CREDENTIALS }, { ...reaching, wanted: 200 })),
    grants: (held) => grantsOf(held, reaching),
  };
}

/** Without an id, the same paths are about all credentials of the client at once. */
function onlyOne(id: string): string {
  if (!/^[1-9]\d*$/.test(id)) throw new RefusalError('A credential is named by a number.');
  return `${CREDENTIALS}/${id}`;
}

function readHeld(text: string, { secretArn, host }: Secret): Held {
  const parsed = Held.safeParse(parseJson(text));
  if (!parsed.success) {
    const fields = [...new Set(parsed.error.issues.map(({ path }) => path.join('.') || 'JSON'))];
    throw new RefusalError(`The secret ${secretArn} lacks fields of .edgerc; wrong or missing: ${fields.join(', ')}.`);
  }
  if (parsed.data.host !== host)
    throw new RefusalError(`The secret ${secretArn} names a host that is not deployed; allowed: ${host}.`);
  return parsed.data;
}

async function list(as: Held, reaching: Reaching): Promise<Listing> {
  const path = `${CREDENTIALS}?actions=true`;
  const { value: all, at } = await asked(as, path, { ...reaching, wanted: z.array(Listed) });
  if (at === undefined || Number.isNaN(+at)) throw new RefusalError(`${as.host} does not say what time it is.`);
  const credentials = all.filter(({ status }) => status !== 'DELETED');
  return {
    at,
    ids: all.map(({ credentialId }) => credentialId),
    credentials: credentials.map(({ credentialId, clientToken, status, createdOn, description, actions }) => ({
      id: credentialId,
      token: clientToken,
      isActive: status === 'ACTIVE',
      createdAt: new Date(createdOn),
      description: description ?? '',
      mayDeactivate: actions?.deactivate ?? true,
    })),
  };
}

async function create(as: Held, reaching: Reaching): Promise<{ id: string; held: Held }> {
  const { body } = await ask(as, { method: 'POST', path: CREDENTIALS }, { ...reaching, wanted: 201 });
  const { credentialId, clientToken, clientSecret } = understood(as.host, Created, body);
  return { id: credentialId, held: { ...as, client_token: clientToken, client_secret: clientSecret } };
}

async function works(held: Held, reaching: Reaching): Promise<boolean> {
  const answer = await send(held, { method: 'GET', path: CREDENTIALS }, reaching);
  if (answer.status === 200) return true;
  if (isWrongCredential(answer)) return false;
  return refuse(held.host, 'does not say whether the credential is right', answer);
}

async function grantsOf(held: Held, reaching: Reaching): Promise<Grants> {
  const { value } = await asked(held, `${SELF}?apiAccess=true&groupAccess=true`, { ...reaching, wanted: Client });
  const { clientId, apiAccess, groupAccess } = value;
  return new Map([
    ['API client', clientId],
    ['all APIs', String(apiAccess.allAccessibleApis)],
    ['all groups', String(groupAccess.cloneAuthorizedUserGroups)],
    ...(apiAccess.apis ?? []).map(({ apiId, accessLevel }) => [`API ${apiId}`, accessLevel] as const),
    ...(groupAccess.groups ?? []).map(({ groupId, roleId }) => [`group ${groupId}`, `role ${roleId}`] as const),
  ]);
}

async function ask(as: Held, what: Asked, { wanted, ...reaching }: Reaching & { wanted: number }) {
  const answer = await send(as, what, reaching);
  if (answer.status !== wanted) refuse(as.host, `refuses ${what.method} ${what.path}`, answer);
  return answer;
}

async function asked<Value>(as: Held, path: string, { wanted, ...reaching }: Reaching & { wanted: z.ZodType<Value> }) {
  const { body, at } = await ask(as, { method: 'GET', path }, { ...reaching, wanted: 200 });
  return { value: understood(as.host, wanted, body), at };
}

/** Only the names of the fields: what zod says of a value might quote it. */
function understood<Value>(host: string, wanted: z.ZodType<Value>, body: unknown): Value {
  const parsed = wanted.safeParse(body);
  if (parsed.success) return parsed.data;
  const fields = [...new Set(parsed.error.issues.map(({ path }) => path.join('.') || 'JSON'))];
  throw new RefusalError(
    `${host} answers otherwise than documented; wrong or missing: ${fields.slice(0, 5).join(', ')}.`,
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
