import {
  CreateSecretCommand,
  DeleteSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
} from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { refusalOf, secrets, uniqueName } from './clients.ts';

const Name = uniqueName();

describe('secrets and their stages', () => {
  let arn: string | undefined;
  let firstVersion: string | undefined;
  beforeAll(async () => {
    const created = await secrets.send(new CreateSecretCommand({ Name, SecretString: 'first' }));
    arn = created.ARN;
    firstVersion = created.VersionId;
    await secrets.send(new PutSecretValueCommand({ SecretId: Name, SecretString: 'second' }));
  });
  afterAll(() => secrets.send(new DeleteSecretCommand({ SecretId: Name, ForceDeleteWithoutRecovery: true })));

  const read = (
    wanted: { VersionStage?: string; VersionId?: string | undefined; SecretId?: string | undefined } = {},
  ) => secrets.send(new GetSecretValueCommand({ SecretId: Name, ...wanted }));

  it('reads AWSCURRENT when no stage is named', async () => {
    expect(await read()).toMatchObject({ Name, SecretString: 'second', VersionStages: ['AWSCURRENT'] });
  });

  it('keeps the value before as AWSPREVIOUS', async () => {
    const previous = await read({ VersionStage: 'AWSPREVIOUS' });
    expect(previous).toMatchObject({ SecretString: 'first', VersionStages: ['AWSPREVIOUS'], VersionId: firstVersion });
  });

  it('reads a version by its id, but not under a stage that it has not', async () => {
    expect((await read({ VersionId: firstVersion })).SecretString).toBe('first');
    const both = await refusalOf(read({ VersionId: firstVersion, VersionStage: 'AWSCURRENT' }));
    expect(both?.status).toBe(400);
  });

  it('names a secret by an ARN that ends in six characters of its own', async () => {
    expect(arn).toMatch(new RegExp(`:secret:${Name}-[A-Za-z0-9]{6}$`));
    expect((await read({ SecretId: arn })).SecretString).toBe('second');
  });

  it('answers ResourceNotFoundException for a stage and for a secret that are not there', async () => {
    const notFound = { name: 'ResourceNotFoundException', status: 400 };
    expect(await refusalOf(read({ VersionStage: 'AWSPENDING' }))).toEqual(notFound);
    expect(await refusalOf(read({ SecretId: uniqueName() }))).toEqual(notFound);
  });

  it('will not create a secret twice', async () => {
    const again = secrets.send(new CreateSecretCommand({ Name, SecretString: 'third' }));
    expect((await refusalOf(again))?.name).toBe('ResourceExistsException');
    expect((await read()).SecretString).toBe('second');
  });
});
