import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openObjectStore } from '../../../functions/object-store/object-store.ts';
import { type StandIn, startStandIn } from '../../../local/aws/stand-in.ts';
import { useAccount } from '../runtime/account.ts';
import { gathered } from './gathered.ts';
import { type Front, startFront } from './tls-front.ts';

const account = useAccount();
let other: StandIn;
let front: Front;
beforeAll(async () => {
  other = await startStandIn();
  other.createBucket('theirs');
  other.putObject('theirs', 'a', 'x');
  front = await startFront(other);
});
afterAll(async () => {
  await front.stop();
  await other.stop();
});

const secretOf = (name: string, value: unknown) => ({
  secretArn: account.aws.createSecret(name, JSON.stringify(value)),
});
const store = (more: object) => ({ bucket: 'theirs', pathStyle: true, endpoint: front.endpoint, ...more });
const keys = async (settings: ReturnType<typeof store>) =>
  (await gathered((await openObjectStore(settings)).list(''))).flat().map(({ key }) => key);

describe('a store that is not AWS’s', () => {
  it('is read with its own credentials, at its own endpoint, under its own CA', async () => {
    const credentials = secretOf('theirs', other.credentialsFor('a key of that store'));
    expect(await keys(store({ credentials, caPem: front.caPem }))).toEqual(['a']);
    expect(other.requests().map(({ caller }) => caller)).toEqual(['a key of that store']);
    expect(account.aws.requests().filter(({ service }) => service === 's3')).toEqual([]);
  });

  it('is refused without its CA, before anything is sent', async () => {
    const before = other.requests().length;
    const credentials = secretOf('theirs-too', other.credentialsFor('b'));
    await expect(keys(store({ credentials }))).rejects.toMatchObject({ name: 'RefusalError' });
    expect(other.requests()).toHaveLength(before);
  });

  it('F16 credentials in another shape are refused by the names of the fields, never with a value', async () => {
    const credentials = secretOf('odd', { accessKeyId: 5, secretAccessKey: 'canary-3f9a', user: 'x' });
    const error = await openObjectStore(store({ credentials })).catch((thrown: Error) => thrown);
    expect(error).toMatchObject({ name: 'RefusalError', message: expect.stringContaining('accessKeyId') });
    expect(JSON.stringify([error, (error as Error).message])).not.toContain('canary-3f9a');
  });

  it('wrong credentials are a refusal that names the bucket', async () => {
    const credentials = secretOf('wrong', { accessKeyId: 'AKIA0000000000000000', secretAccessKey: 'x' });
    await expect(keys(store({ credentials, caPem: front.caPem }))).rejects.toMatchObject({
      name: 'RefusalError',
      message: expect.stringContaining('bucket theirs'),
    });
  });
});
