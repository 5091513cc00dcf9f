/** Secrets, their versions, the stage labels that say which version is which, and whether they rotate. */
import { randomBytes, randomUUID } from 'node:crypto';
import { arn, type Estate } from './service.ts';
import { ServiceError } from './service-error.ts';

/** `value`: absent in a version that a rotation has begun and nobody has filled yet. */
export type SecretVersion = { id: string; value?: string; stages: string[]; createdAt: Date };

/** `functionName`: of the function that Lambda has registered, asked for by `qualifier`. */
export type Rotation = { functionName: string; qualifier: string; everyDays: number };

export type Secret = {
  name: string;
  arn: string;
  versions: SecretVersion[];
  rotation?: Rotation;
  rotatedAt?: Date;
  changedAt: Date;
  tags: Record<string, string>;
};

export type SecretStore = {
  create(name: string, value: string, versionId?: string): Secret;
  /** By name or complete ARN. Throws ResourceNotFoundException. */
  find(id: string): Secret;
  has(id: string): boolean;
  /**
   * Adds a version, or fills one that is empty; its stages leave the versions that had them, and the one that was AWSCURRENT becomes
   * AWSPREVIOUS. The same version again changes nothing. Throws ResourceExistsException where it is there with another value.
   */
  put(secret: Secret, version: Omit<SecretVersion, 'createdAt'>): SecretVersion;
  /** Takes a label away from one version and gives it to another, either of which may be absent. Throws InvalidParameterException. */
  moveStage(secret: Secret, move: { stage: string; from: string | undefined; to: string | undefined }): void;
  /** As if it had just been made, with this value. */
  reset(secret: Secret, value: string): void;
  remove(secret: Secret): void;
};

export function createSecretStore(estate: Estate): SecretStore {
  const secrets = new Map<string, Secret>();
  const lookUp = (id: string) => secrets.get(id) ?? [...secrets.values()].find((secret) => secret.arn === id);
  const put = (secret: Secret, { id, value, stages }: Omit<SecretVersion, 'createdAt'>) => {
    const there = secret.versions.find((version) => version.id === id);
    if (there && there.value !== undefined) return there.value === value ? there : alreadyThere(id);
    const version = { id, ...(value !== undefined && { value }), stages, createdAt: estate.clock.now() };
    const others = secret.versions.filter((other) => other !== there);
    secret.versions = [version, ...others.map((other) => yielding(other, stages))];
    secret.changedAt = version.createdAt;
    return version;
  };
  return {
    create: (name, value, versionId = randomUUID()) => {
      if (secrets.has(name))
        throw new ServiceError({ code: 'ResourceExistsException', status: 400 }, `${name} exists already`);
      const own = { name, arn: secretArn(estate, name, randomBytes(3).toString('hex')) };
      const secret = { ...own, versions: [], changedAt: estate.clock.now(), tags: {} };
      secrets.set(name, secret);
      put(secret, { id: versionId, value, stages: ['AWSCURRENT'] });
      return secret;
    },
    find: (id) => lookUp(id) ?? notFound("Secrets Manager can't find the specified secret."),
    has: (id) => lookUp(id) !== undefined,
    put,
    moveStage: (secret, move) => {
      moveStage(secret, move);
      secret.changedAt = estate.clock.now();
    },
    reset: (secret, value) => {
      Object.assign(secret, { versions: [], tags: {} });
      delete secret.rotatedAt;
      put(secret, { id: randomUUID(), value, stages: ['AWSCURRENT'] });
    },
    remove: (secret) => secrets.delete(secret.name),
  };
}

/** The version with this id, or with this stage, that has a value. Throws ResourceNotFoundException. */
export function findVersion(
  secret: Secret,
  wanted: { id?: string; stage?: string },
): SecretVersion & { value: string } {
  const stage = wanted.stage ?? (wanted.id === undefined ? 'AWSCURRENT' : undefined);
  const isWanted = (version: SecretVersion): version is SecretVersion & { value: string } =>
    version.value !== undefined &&
    (wanted.id ?? version.id) === version.id &&
    (stage === undefined || version.stages.includes(stage));
  const label = stage === undefined ? `VersionId: ${wanted.id}` : `staging label: ${stage}`;
  return (
    secret.versions.find(isWanted) ?? notFound(`Secrets Manager can't find the specified secret value for ${label}`)
  );
}

/** IAM names a secret by an ARN that ends in six random characters. */
export function secretArn(estate: Estate, name: string, suffix: string): string {
  return arn(estate, 'secretsmanager', `secret:${name}-${suffix}`);
}

type Move = { stage: string; from: string | undefined; to: string | undefined };

function moveStage(secret: Secret, { stage, from, to }: Move): void {
  const holder = secret.versions.find(({ stages }) => stages.includes(stage));
  if (holder && holder.id !== to && holder.id !== from) throw invalid(`${stage} is on ${holder.id}: remove it there`);
  if (from !== undefined && holder?.id !== from) throw invalid(`${stage} is not on ${from}`);
  if (to === undefined && stage === 'AWSCURRENT') throw invalid('AWSCURRENT can only be moved');
  if (to !== undefined && !secret.versions.some(({ id }) => id === to)) notFound(`there is no version ${to}`);
  secret.versions = secret.versions.map((version) => {
    const left = yielding(version, [stage]);
    return version.id === to ? { ...version, stages: [...version.stages.filter((one) => one !== stage), stage] } : left;
  });
}

/** A stage is on one version only. */
function yielding(version: SecretVersion, taken: string[]): SecretVersion {
  const isDemoted = taken.includes('AWSCURRENT');
  const left = version.stages.filter((stage) => !taken.includes(stage) && !(isDemoted && stage === 'AWSPREVIOUS'));
  return { ...version, stages: isDemoted && version.stages.includes('AWSCURRENT') ? [...left, 'AWSPREVIOUS'] : left };
}

function invalid(message: string): ServiceError {
  return new ServiceError({ code: 'InvalidParameterException', status: 400 }, message);
}

function alreadyThere(id: string): never {
  const message = `the secret has a version ${id} already, with another value`;
  throw new ServiceError({ code: 'ResourceExistsException', status: 400 }, message);
}

function notFound(message: string): never {
  throw new ServiceError({ code: 'ResourceNotFoundException', status: 400 }, message);
}
