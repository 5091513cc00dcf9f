/** The one place where rotations talk to Secrets Manager. */
import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  RotateSecretCommand,
  SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { CLIENT, namesItsEndpoint } from '../runtime/aws.ts';
import { describe, RefusalError } from '../runtime/errors.ts';
import type { RotationStep } from '../runtime/event.ts';

/** A secret as Secrets Manager describes it: ids of versions, no values. */
export type Described = {
  secretArn: string;
  current: string | undefined;
  pending: string | undefined;
  previous: string | undefined;
  /** Every version that has a label. */
  versions: Map<string, string[]>;
  rotates: boolean;
  rotatedAt: Date | undefined;
  changedAt: Date | undefined;
  tags: Map<string, string>;
};

export type Secrets = {
  describe(secretArn: string): Promise<Described>;
  /** Undefined for a version that has no value yet. */
  read(secretArn: string, versionId: string): Promise<string | undefined>;
  /** Fills the version that the rotation's token names. */
  putPending(step: RotationStep, value: string): Promise<void>;
  moveCurrent(move: { secretArn: string; from: string; to: string }): Promise<void>;
  dropPending(of: { secretArn: string; versionId: string }): Promise<void>;
  /** Has Secrets Manager call the secret's own function, four times, from now on. @returns the id of the version to be */
  startRotation(secretArn: string, token: string): Promise<string>;
};

/** @throws RefusalError from each, naming the secret and never a value */
export function openSecrets(client = namesItsEndpoint(new SecretsManagerClient(CLIENT))): Secrets {
  const stage = async (SecretId: string, move: { VersionStage: string; from: string; to?: string }, what: string) => {
    const { VersionStage, from, to } = move;
    const command = { SecretId, VersionStage, RemoveFromVersionId: from, ...(to && { MoveToVersionId: to }) };
    await client.send(new UpdateSecretVersionStageCommand(command)).catch(refusing(SecretId, what));
  };
  return {
    describe: (secretArn) => describeSecret(client, secretArn),
    read: (secretArn, versionId) => readVersion(client, secretArn, versionId),
    putPending: async ({ SecretId, ClientRequestToken, RotationToken }, SecretString) => {
      const version = { SecretId, ClientRequestToken, SecretString, VersionStages: ['AWSPENDING'] };
      const put = new PutSecretValueCommand({ ...version, ...(RotationToken !== undefined && { RotationToken }) });
      await client.send(put).catch(refusing(SecretId, 'cannot be given a pending version'));
    },
    moveCurrent: ({ secretArn, from, to }) =>
      stage(secretArn, { VersionStage: 'AWSCURRENT', from, to }, 'cannot be switched to its new version'),
    dropPending: ({ secretArn, versionId }) =>
      stage(secretArn, { VersionStage: 'AWSPENDING', from: versionId }, 'cannot be rid of the label AWSPENDING'),
    startRotation: async (SecretId, ClientRequestToken) => {
      const asked = new RotateSecretCommand({ SecretId, ClientRequestToken });
      const { VersionId } = await client.send(asked).catch(refusing(SecretId, 'cannot be rotated'));
      return VersionId ?? ClientRequestToken;
    },
  };
}

async function describeSecret(client: SecretsManagerClient, SecretId: string): Promise<Described> {
  const told = await client
    .send(new DescribeSecretCommand({ SecretId }))
    .catch(refusing(SecretId, 'cannot be described'));
  const versions = new Map(Object.entries(told.VersionIdsToStages ?? {}));
  const labelled = (label: string) => [...versions].find(([, stages]) => stages.includes(label))?.[0];
  return {
    secretArn: SecretId,
    current: labelled('AWSCURRENT'),
    pending: labelled('AWSPENDING'),
    previous: labelled('AWSPREVIOUS'),
    versions,
    rotates: told.RotationEnabled === true,
    rotatedAt: told.LastRotatedDate,
    changedAt: told.LastChangedDate,
    tags: new Map((told.Tags ?? []).map(({ Key = '', Value = '' }) => [Key, Value])),
  };
}

async function readVersion(
  client: SecretsManagerClient,
  SecretId: string,
  VersionId: string,
): Promise<string | undefined> {
  try {
    const answer = await client.send(new GetSecretValueCommand({ SecretId, VersionId }));
    return answer.SecretString === '' ? undefined : answer.SecretString;
  } catch (error) {
    // A rotation begins with a version that has no value.
    if (error instanceof Error && error.name === 'ResourceNotFoundException') return undefined;
    return refusing(SecretId, 'cannot be read')(error);
  }
}

function refusing(secretArn: string, what: string): (error: unknown) => never {
  return (error) => {
    throw new RefusalError(`The secret ${secretArn} ${what}: ${describe(error)}`, { cause: error });
  };
}
