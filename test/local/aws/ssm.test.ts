import {
  DeleteParameterCommand,
  GetParameterCommand,
  GetParametersByPathCommand,
  PutParameterCommand,
} from '@aws-sdk/client-ssm';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type StandIn, startStandIn } from '../../../local/aws/stand-in.ts';
import { clientsFor, errorOf } from './clients.ts';

const Name = '/nightshift/halt';

describe('the stand-in for the Parameter Store', () => {
  let standIn: StandIn;
  let ssm: ReturnType<typeof clientsFor>['ssm'];
  beforeEach(async () => {
    standIn = await startStandIn();
    ssm = clientsFor(standIn).ssm;
  });
  afterEach(() => standIn.stop());

  it('reads what a test planted until the test removes it', async () => {
    standIn.putParameter(Name, 'run');
    expect((await ssm.send(new GetParameterCommand({ Name }))).Parameter).toMatchObject({ Value: 'run', Version: 1 });
    standIn.putParameter(Name, 'halt');
    expect((await ssm.send(new GetParameterCommand({ Name }))).Parameter).toMatchObject({ Value: 'halt', Version: 2 });
    standIn.removeParameter(Name);
    const absent = ssm.send(new GetParameterCommand({ Name }));
    expect(await errorOf(absent)).toMatchObject({ name: 'ParameterNotFound', status: 400 });
  });

  it('records the ARN with one slash, with or without one in the name', async () => {
    standIn.putParameter('plain', 'v');
    await errorOf(ssm.send(new GetParameterCommand({ Name })));
    await ssm.send(new GetParameterCommand({ Name: 'plain' }));
    const arnOf = (path: string) => `arn:aws:ssm:eu-central-1:111122223333:parameter/${path}`;
    expect(standIn.requests()).toMatchObject([
      { action: 'ssm:GetParameter', resource: arnOf('nightshift/halt'), changing: false },
      { action: 'ssm:GetParameter', resource: arnOf('plain'), changing: false },
    ]);
  });

  it('makes and removes a parameter through the API, and overwrites only when told to', async () => {
    await ssm.send(new PutParameterCommand({ Name, Value: 'run', Type: 'String' }));
    const again = ssm.send(new PutParameterCommand({ Name, Value: 'halt', Type: 'String' }));
    expect((await errorOf(again)).name).toBe('ParameterAlreadyExists');
    await ssm.send(new PutParameterCommand({ Name, Value: 'halt', Overwrite: true }));
    expect((await ssm.send(new GetParameterCommand({ Name }))).Parameter?.Value).toBe('halt');
    await ssm.send(new DeleteParameterCommand({ Name }));
    expect((await errorOf(ssm.send(new DeleteParameterCommand({ Name })))).name).toBe('ParameterNotFound');
  });

  it('names what it does not model', async () => {
    const byPath = ssm.send(new GetParametersByPathCommand({ Path: '/' }));
    expect((await errorOf(byPath)).message).toBe('stand-in does not model ssm:GetParametersByPath');
    const decrypted = ssm.send(new GetParameterCommand({ Name, WithDecryption: true }));
    expect((await errorOf(decrypted)).message).toContain('parameter WithDecryption of ssm:GetParameter');
    const secure = ssm.send(new PutParameterCommand({ Name, Value: 'v', Type: 'SecureString' }));
    expect((await errorOf(secure)).message).toContain('type SecureString of ssm:PutParameter');
  });
});
