import {
  CreateSecretCommand,
  DeleteSecretCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  PutSecretValueCommand,
} from '@aws-sdk/client-secrets-manager';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type StandIn, startStandIn } from '../../../local/aws/stand-in.ts';
import { clientsFor, errorOf } from './clients.ts';

describe('the stand-in for Secrets Manager', () => {
  let standIn: StandIn;
  let secrets: ReturnType<typeof clientsFor>['secrets'];
  beforeEach(async () => {
    standIn = await startStandIn();
    secrets = clientsFor(standIn).secrets;
  });
  afterEach(() => standIn.stop());

  it('reads a planted secret by name and by its complete ARN, and records the ARN for both', async () => {
    const arn = standIn.createSecret('db/reader', 'value');
    expect(arn).toMatch(/^arn:aws:secretsmanager:eu-central-1:111122223333:secret:db\/reader-[0-9a-f]{6}$/);
    for (const SecretId of ['db/reader', arn]) {
      const read = await secrets.send(new GetSecretValueCommand({ SecretId }));
      expect(read).toMatchObject({ ARN: arn, SecretString: 'value', VersionStages: ['AWSCURRENT'] });
    }
    const recorded = { action: 'secretsmanager:GetSecretValue', resource: arn, changing: false, status: 200 };
    expect(standIn.requests()).toMatchObject([recorded, recorded]);
  });

  it('records six question marks where a secret named by name is not there', async () => {
    const read = secrets.send(new GetSecretValueCommand({ SecretId: 'none' }));
    expect(await errorOf(read)).toMatchObject({ name: 'ResourceNotFoundException', status: 400 });
    const resource = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:none-??????';
    expect(standIn.requests()).toMatchObject([{ resource, errorCode: 'ResourceNotFoundException' }]);
  });

  it('makes, changes and removes a secret through the API', async () => {
    await secrets.send(new CreateSecretCommand({ Name: 'a', SecretString: 'one' }));
    const again = secrets.send(new CreateSecretCommand({ Name: 'a', SecretString: 'one' }));
    expect((await errorOf(again)).name).toBe('ResourceExistsException');
    await secrets.send(new PutSecretValueCommand({ SecretId: 'a', SecretString: 'two' }));
    expect((await secrets.send(new GetSecretValueCommand({ SecretId: 'a' }))).SecretString).toBe('two');
    await secrets.send(new DeleteSecretCommand({ SecretId: 'a', ForceDeleteWithoutRecovery: true }));
    const gone = secrets.send(new GetSecretValueCommand({ SecretId: 'a' }));
    expect((await errorOf(gone)).name).toBe('ResourceNotFoundException');
  });

  it('puts a pending version beside the current one, once, and refuses another value under the same token', async () => {
    standIn.createSecret('a', 'one');
    const VersionStages = ['AWSPENDING'];
    const pending = { SecretId: 'a', ClientRequestToken: 'b'.repeat(32), RotationToken: 'proof', VersionStages };
    await secrets.send(new PutSecretValueCommand({ ...pending, SecretString: 'two' }));
    await secrets.send(new PutSecretValueCommand({ ...pending, SecretString: 'two' }));
    const other = secrets.send(new PutSecretValueCommand({ ...pending, SecretString: 'three' }));
    expect(await errorOf(other)).toMatchObject({ name: 'ResourceExistsException', status: 400 });
    const read = async (VersionStage: string) =>
      (await secrets.send(new GetSecretValueCommand({ SecretId: 'a', VersionStage }))).SecretString;
    expect(await read('AWSCURRENT')).toBe('one');
    expect(await read('AWSPENDING')).toBe('two');
    expect((await errorOf(read('AWSPREVIOUS'))).name).toBe('ResourceNotFoundException');
  });

  it('names what it does not model', async () => {
    standIn.createSecret('a', 'v');
    const listed = await errorOf(secrets.send(new ListSecretsCommand({})));
    expect(listed).toMatchObject({
      status: 501,
      message: 'stand-in does not model secretsmanager:ListSecrets',
    });
    const tagged = secrets.send(new CreateSecretCommand({ Name: 'b', SecretString: 'v', Tags: [] }));
    expect((await errorOf(tagged)).message).toBe(
      'stand-in does not model parameter Tags of secretsmanager:CreateSecret',
    );
    const recoverable = secrets.send(new DeleteSecretCommand({ SecretId: 'a' }));
    expect((await errorOf(recoverable)).message).toContain('a recovery window');
  });
});
