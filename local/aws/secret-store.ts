/** Secrets, their versions, and the stage labels that say which version is which. */
import { randomBytes, randomUUID } from 'node:crypto';
import { arn, type Estate } from './service.ts';
import { ServiceError } from './service-error.ts';

export type SecretVersion = { id: string; value: string; stages: string[]; createdAt: Date };
export type Secret = { name: string; arn: string; versions: SecretVersion[] };

export type SecretStore = {
  create(name: string, value: string, versionId?: string): Secret;
  /** By name or complete ARN. Throws ResourceNotFoundException. */
  find(id: string): Secret;
  has(id: string): boolean;
  /** The new version becomes AWSCURRENT, and the one that was becomes AWSPREVIOUS. */
  putCurrent(secret: Secret, value: string, versionId: string): SecretVersion;
  remove(secret: Secret): void;
};

export function createSecretStore(estate: Estate): SecretStore {
  const secrets = new Map<string, Secret>();
  const lookUp = (id: string) => secrets.get(id) ?? [...secrets.values()].find((secret) => secret.arn === id);
  const putCurrent = (secret: Secret, value: string, versionId: string) => {
    const version = { id: versionId, value, stages: ['AWSCURRENT'], createdAt: estate.clock.now() };
    secret.versions = [version, ...secret.versions.map(demote)];
    return version;
  };
  return {
    create: (name, value, versionId = randomUUID()) => {
      if (secrets.has(name))
        throw new ServiceError({ code: 'ResourceExistsException', status: 400 }, `${name} exists already`);
      const secret = { name, arn: secretArn(estate, name, randomBytes(3).toString('hex')), versions: [] };
      secrets.set(name, secret);
      putCurrent(secret, value, versionId);
      return secret;
    },
    find: (id) => lookUp(id) ?? notFound("Secrets Manager can't find the specified secret."),
    has: (id) => lookUp(id) !== undefined,
    putCurrent,
    remove: (secret) => secrets.delete(secret.name),
  };
}

/** The version with this id, or with this stage. Throws ResourceNotFoundException. */
export function findVersion(secret: Secret, wanted: { id?: string; stage?: string }): SecretVersion {
  const stage = wanted.stage ?? (wanted.id === undefined ? 'AWSCURRENT' : undefined);
  const isWanted = (version: SecretVersion) =>
    (wanted.id ?? version.id) === version.id && (stage === undefined || version.stages.includes(stage));
  const label = stage === undefined ? `VersionId: ${wanted.id}` : `staging label: ${stage}`;
  return (
    secret.versions.find(isWanted) ?? notFound(`Secrets Manager can't find the specified secret value for ${label}`)
  );
}

/** IAM names a secret by an ARN that ends in six random characters. */
export function secretArn(estate: Estate, name: string, suffix: string): string {
  return arn(estate, 'secretsmanager', `secret:${name}-${suffix}`);
}

function demote(version: SecretVersion): SecretVersion {
  const others = version.stages.filter((stage) => stage !== 'AWSCURRENT' && stage !== 'AWSPREVIOUS');
  return { ...version, stages: version.stages.includes('AWSCURRENT') ? [...others, 'AWSPREVIOUS'] : others };
}

function notFound(message: string): never {
  throw new ServiceError({ code: 'ResourceNotFoundException', status: 400 }, message);
}
