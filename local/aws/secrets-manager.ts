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
import type { FunctionStore } from './lambda.ts';
import { rotate } from './secret-rotation.ts';
import { findVersion, type Secret, type SecretStore, secretArn } from './secret-store.ts';
import { arn, type Estate, type Operation, type Permission, type Service } from './service.ts';
import { NotModelledError, refuseUnmodelled, ServiceError } from './service-error.ts';
import type { WireRequest } from './wire.ts';

const TARGET = 'secretsmanager.';

/** The members that each operation is modelled with. */
const MEMBERS = {
  GetSecretValue: ['SecretId', 'VersionId', 'VersionStage'],
  CreateSecret: ['Name', 'SecretString', 'ClientRequestToken'],
  PutSecretValue: ['SecretId', 'SecretString', 'ClientRequestToken', 'VersionStages', 'RotationToken'],
  DeleteSecret: ['SecretId', 'ForceDeleteWithoutRecovery'],
  DescribeSecret: ['SecretId'],
  UpdateSecretVersionStage: ['SecretId', 'VersionStage', 'MoveToVersionId', 'RemoveFromVersionId'],
  RotateSecret: ['SecretId', 'ClientRequestToken', 'RotateImmediately'],
};
const READING: string[] = ['GetSecretValue', 'DescribeSecret'];
type Name = keyof typeof MEMBERS;

type Parts = { estate: Estate; secrets: SecretStore; functions: FunctionStore };
type Asked = { input: JsonObject; store: SecretStore } & Pick<Parts, 'estate' | 'functions'>;

export function createSecretsManager(parts: Parts): Service {
  return {
    name: 'secretsmanager',
    operations: Object.keys(MEMBERS),
    refusals: JSON11_REFUSALS,
    identify: (request) => identify(request, parts),
    renderError: json11Error,
  };
}

function identify(request: WireRequest, { estate, secrets: store, functions }: Parts): Operation {
  const name = (request.headers['x-amz-target'] ?? '').replace(TARGET, '') as Name;
  const operation = `secretsmanager:${name}`;
  if (!Object.hasOwn(MEMBERS, name)) throw new NotModelledError(operation);
  const input = parseJsonObject(request);
  refuseUnmodelled({ operation, kind: 'parameter', given: Object.keys(input), modelled: MEMBERS[name] });
  const id = requiredString(input, name === 'CreateSecret' ? 'Name' : 'SecretId');
  return {
    name,
    permissions: [
      { action: operation, resource: resourceOf(id, estate, store) },
      ...(name === 'RotateSecret' ? invoking(id, estate, store) : []),
    ],
    changing: !READING.includes(name),
    run: () => json11(OPERATIONS[name]({ input, store, estate, functions })),
  };
}

/** Whoever asks for a rotation needs to be allowed to call its function as well. */
function invoking(id: string, estate: Estate, store: SecretStore): Permission[] {
  const rotation = store.has(id) ? store.find(id).rotation : undefined;
  if (rotation === undefined) return [];
  const { functionName, qualifier } = rotation;
  return [
    { action: 'lambda:InvokeFunction', resource: arn(estate, 'lambda', `function:${functionName}:${qualifier}`) },
  ];
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
  DescribeSecret: ({ input, store }) => described(store.find(requiredString(input, 'SecretId'))),
  UpdateSecretVersionStage: ({ input, store }) => {
    const secret = store.find(requiredString(input, 'SecretId'));
    const optional = (name: string) => (name in input ? requiredString(input, name) : undefined);
    const [from, to] = [optional('RemoveFromVersionId'), optional('MoveToVersionId')];
    store.moveStage(secret, { stage: requiredString(input, 'VersionStage'), from, to });
    return { ARN: secret.arn, Name: secret.name };
  },
  RotateSecret: ({ input, store: secrets, estate, functions }) => {
    if (input.RotateImmediately === false) throw new NotModelledError('secretsmanager:RotateSecret', 'a later moment');
    const secret = secrets.find(requiredString(input, 'SecretId'));
    const versionId = rotate({ estate, secrets, functions }, secret, requiredString(input, 'ClientRequestToken'));
    return { ARN: secret.arn, Name: secret.name, VersionId: versionId };
  },
};

/** Versions without a label are not told. */
function described({ name, arn: ARN, versions, rotation, rotatedAt, changedAt, tags }: Secret): JsonObject {
  const labelled = versions.filter(({ stages }) => stages.length > 0);
  return {
    ARN,
    Name: name,
    LastChangedDate: epochSeconds(changedAt),
    VersionIdsToStages: Object.fromEntries(labelled.map(({ id, stages }) => [id, stages])),
    ...(rotation && {
      RotationEnabled: true,
      RotationRules: { AutomaticallyAfterDays: rotation.everyDays },
    }),
    ...(rotatedAt && { LastRotatedDate: epochSeconds(rotatedAt) }),
    Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
  };
}
