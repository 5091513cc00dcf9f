import { DeleteParameterCommand, GetParameterCommand, PutParameterCommand } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { refusalOf, ssm, uniqueName } from './clients.ts';

const Name = `/${uniqueName()}/halt`;

describe('parameters', () => {
  beforeAll(() => ssm.send(new PutParameterCommand({ Name, Value: 'run', Type: 'String' })));
  afterAll(() => ssm.send(new DeleteParameterCommand({ Name })));

  const value = async () => (await ssm.send(new GetParameterCommand({ Name }))).Parameter?.Value;

  it('reads the value last written', async () => {
    expect(await value()).toBe('run');
    await ssm.send(new PutParameterCommand({ Name, Value: 'halt', Overwrite: true }));
    expect(await value()).toBe('halt');
  });

  it('overwrites only when told to', async () => {
    const before = await value();
    const again = ssm.send(new PutParameterCommand({ Name, Value: 'other', Type: 'String' }));
    expect((await refusalOf(again))?.name).toBe('ParameterAlreadyExists');
    expect(await value()).toBe(before);
  });

  it('answers ParameterNotFound for one that is not there', async () => {
    const notFound = { name: 'ParameterNotFound', status: 400 };
    const absent = `/${uniqueName()}`;
    expect(await refusalOf(ssm.send(new GetParameterCommand({ Name: absent })))).toEqual(notFound);
    expect(await refusalOf(ssm.send(new DeleteParameterCommand({ Name: absent })))).toEqual(notFound);
  });
});
