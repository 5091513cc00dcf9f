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
  /**
   * Adds a version; its stages leave the versions that had them, and the one that was AWSCURRENT becomes AWSPREVIOUS. The same
   * version again changes nothing. Throws ResourceExistsException where it is there with another value.
   */
  put(secret: Secret, version: Pick<SecretVersion, 'id' | 'value' | 'stages'>): SecretVersion;
  remove(secret: Secret): void;
};

export function createSecretStore(estate: Estate): SecretStore {
  const secrets = new Map<string, Secret>();
  const lookUp = (id: string) => secrets.get(id) ?? [...secrets.values()].find((secret) => secret.arn === id);
  const put = (secret: Secret, { id, value, stages }: Pick<SecretVersion, 'id' | 'value' | 'stages'>) => {
    const there = secret.versions.find((version) => version.id === id);
    if (there) return there.value === value ? there : alreadyThere(id);
    const version = { id, value, stages, createdAt: estate.clock.now() };
    secret.versions = [version, ...secret.versions.map((other) => yielding(other, stages))];
    return version;
  };
  return {
    create: (name, value, versionId = randomUUID()) => {
      if (secrets.has(name))
        throw new ServiceError({ code: 'ResourceExistsException', status: 400 }, `${name} exists already`);
      const secret = { name, arn: secretArn(estate, name, randomBytes(3).toString('hex')), versions: [] };
      secrets.set(name, secret);
      put(secret, { id: versionId, value, stages: ['AWSCURRENT'] });
      return secret;
    },
    find: (id) => lookUp(id) ?? notFound("Secrets Manager can't find the specified secret."),
    has: (id) => lookUp(id) !== undefined,
    put,
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

/** A stage is on one version only. */
function yielding(version: SecretVersion, taken: string[]): SecretVersion {
  const isDemoted = taken.includes('AWSCURRENT');
  const left = version.stages.filter((stage) => !taken.includes(stage) && !(isDemoted && stage === 'AWSPREVIOUS'));
  return { ...version, stages: isDemoted && version.stages.includes('AWSCURRENT') ? [...left, 'AWSPREVIOUS'] : left };
}

function alreadyThere(id: string): never {
  const message = `the secret has a version ${id} already, with another value`;
  throw new ServiceError({ code: 'ResourceExistsException', status: 400 }, message);
}

function notFound(message: string): never {
  throw new ServiceError({ code: 'ResourceNotFoundException', status: 400 }, message);
}
