/** AWS Secrets Manager over JSON 1.1. */
import {
  epochSeconds,
  type JsonObject,
  json11,
  json11Error,
  parseJsonObject,
  requiredString,
} from './json-protocol.ts';
import { JSON11_REFUSALS } from './json-refusals.ts';
import { findVersion, type SecretStore, secretArn } from './secret-store.ts';
import type { Estate, Operation, Service } from './service.ts';
import { NotModelledError, refuseUnmodelled, ServiceError } from './service-error.ts';
import type { WireRequest } from './wire.ts';

const TARGET = 'secretsmanager.';

/** The members that each operation is modelled with. */
const MEMBERS = {
  GetSecretValue: ['SecretId', 'VersionId', 'VersionStage'],
  CreateSecret: ['Name', 'SecretString', 'ClientRequestToken'],
  PutSecretValue: ['SecretId', 'SecretString', 'ClientRequestToken', 'VersionStages', 'RotationToken'],
  DeleteSecret: ['SecretId', 'ForceDeleteWithoutRecovery'],
};
type Name = keyof typeof MEMBERS;

type Asked = { name: Name; input: JsonObject; store: SecretStore };

export function createSecretsManager(estate: Estate, store: SecretStore): Service {
  return {
    name: 'secretsmanager',
    operations: Object.keys(MEMBERS),
    refusals: JSON11_REFUSALS,
    identify: (request) => identify(request, estate, store),
    renderError: json11Error,
  };
}

function identify(request: WireRequest, estate: Estate, store: SecretStore): Operation {
  const name = (request.headers['x-amz-target'] ?? '').replace(TARGET, '') as Name;
  const operation = `secretsmanager:${name}`;
  if (!Object.hasOwn(MEMBERS, name)) throw new NotModelledError(operation);
  const input = parseJsonObject(request);
  refuseUnmodelled({ operation, kind: 'parameter', given: Object.keys(input), modelled: MEMBERS[name] });
  const id = requiredString(input, name === 'CreateSecret' ? 'Name' : 'SecretId');
  return {
    name,
    permissions: [{ action: operation, resource: resourceOf(id, estate, store) }],
    changing: name !== 'GetSecretValue',
    run: () => json11(OPERATIONS[name]({ name, input, store })),
  };
}

function stagesOf({ VersionStages: stages = ['AWSCURRENT'] }: JsonObject): string[] {
  if (Array.isArray(stages) && stages.every((stage) => typeof stage === 'string')) return stages;
  throw new ServiceError({ code: 'ValidationException', status: 400 }, 'VersionStages must be a list of strings');
}

/** The complete ARN; IAM writes the six characters of a secret that is not there as question marks. */
function resourceOf(id: string, estate: Estate, store: SecretStore): string {
  if (store.has(id)) return store.find(id).arn;
  return id.startsWith('arn:') ? id : secretArn(estate, id, '??????');
}

const OPERATIONS: Record<Name, (asked: Asked) => JsonObject> = {
  GetSecretValue: ({ input, store }) => {
    const secret = store.find(requiredString(input, 'SecretId'));
    const version = findVersion(secret, {
      ...('VersionId' in input ? { id: requiredString(input, 'VersionId') } : {}),
      ...('VersionStage' in input ? { stage: requiredString(input, 'VersionStage') } : {}),
    });
    return {
      ARN: secret.arn,
      Name: secret.name,
      VersionId: version.id,
      VersionStages: version.stages,
      SecretString: version.value,
      CreatedDate: epochSeconds(version.createdAt),
    };
  },
  CreateSecret: ({ input, store }) => {
    const versionId = requiredString(input, 'ClientRequestToken');
    const secret = store.create(requiredString(input, 'Name'), requiredString(input, 'SecretString'), versionId);
    return { ARN: secret.arn, Name: secret.name, VersionId: versionId };
  },
  PutSecretValue: ({ input, store }) => {
    const secret = store.find(requiredString(input, 'SecretId'));
    const token = requiredString(input, 'ClientRequestToken');
    const value = requiredString(input, 'SecretString');
    const version = store.put(secret, { id: token, value, stages: stagesOf(input) });
    return { ARN: secret.arn, Name: secret.name, VersionId: version.id, VersionStages: version.stages };
  },
  DeleteSecret: ({ input, store }) => {
    if (input.ForceDeleteWithoutRecovery !== true) {
      throw new NotModelledError('secretsmanager:DeleteSecret', 'a recovery window');
    }
    const secret = store.find(requiredString(input, 'SecretId'));
    store.remove(secret);
    return { ARN: secret.arn, Name: secret.name };
  },
};
