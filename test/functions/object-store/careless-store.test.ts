import { afterEach, describe, expect, it } from 'vitest';
import { lookForDump } from '../../../functions/backup-verification/sources/dump.ts';
import { openObjectStore } from '../../../functions/object-store/object-store.ts';
import { LOOKING, sourceOf } from '../backup-verification/sources/planting.ts';
import { useAccount } from '../runtime/account.ts';
import { type Careless, startCareless } from './careless-store.ts';
import { gathered } from './gathered.ts';

const account = useAccount();
let careless: Careless;
let secrets = 0;
afterEach(() => careless.stop());

async function storeOf(behaviour: Parameters<typeof startCareless>[0]) {
  careless = await startCareless(behaviour);
  secrets += 1;
  const keys = JSON.stringify({ accessKeyId: 'a', secretAccessKey: 'b' });
  const secretArn = account.aws.createSecret(`careless-${secrets}`, keys);
  return { bucket: 'theirs', pathStyle: true, endpoint: careless.endpoint, credentials: { secretArn } };
}

async function read(behaviour: Parameters<typeof startCareless>[0]) {
  const objects = await openObjectStore(await storeOf(behaviour));
  const head = await objects.head('dump');
  return Buffer.concat(await gathered(objects.read('dump', head?.version ?? { etag: '', bytes: 0 }))).toString();
}

describe('a store that does not do all that S3 does', () => {
  it('is read like any other while nothing happens', async () => {
    expect(await read({ answers: [{ etag: '"1"', body: '0123456789' }] })).toBe('0123456789');
  });

  it('F72 that heeds no If-Match cannot give the rest of another version for this one’s', async () => {
    const answers = [
      { etag: '"1"', body: '0123456789' },
      { etag: '"2"', body: 'abcdefghij' },
    ];
    const [first, second] = answers as [(typeof answers)[0], (typeof answers)[0]];
    await expect(read({ answers: [{ ...first, cutAfter: 4 }, second] })).rejects.toMatchObject({
      name: 'RefusalError',
      message: expect.stringContaining('dump in the bucket theirs changed while it was being read'),
    });
  });

  it('F72 that heeds no Range cannot give the beginning for the rest', async () => {
    const answer = { etag: '"1"', body: '0123456789' };
    await expect(read({ answers: [{ ...answer, cutAfter: 4 }, answer] })).rejects.toMatchObject({
      name: 'RefusalError',
      message: expect.stringContaining('asked for bytes 4-9/10, and got all'),
    });
  });

  it('F72 that ends early without a word has not given all', async () => {
    const nothing = { etag: '"1"', body: '0123456789', cutAfter: 0 };
    await expect(read({ answers: [nothing] })).rejects.toMatchObject({
      name: 'RefusalError',
      message: expect.stringContaining('broke off at byte 0'),
    });
  });

  it('F72 that gives more than there is has given something else', async () => {
    const objects = await openObjectStore(await storeOf({ answers: [{ etag: '"1"', body: '0123456789 and more' }] }));
    const stream = objects.read('dump', { etag: '"1"', bytes: 10 });
    await expect(gathered(stream)).rejects.toMatchObject({ name: 'RefusalError' });
  });

  it('that lists in any order still tells which backup is the last of one second', async () => {
    const store = await storeOf({ keys: ['d/b', 'd/c', 'd/a'], answers: [{ etag: '"1"', body: 'x' }] });
    const schedule = { everyHours: 24, keepDays: 30, lifecycleRule: false };
    const checks = { tables: [{ table: 'users' }] };
    const { newest } = await lookForDump(sourceOf('dump', { store, prefix: 'd/', schedule, checks }), LOOKING);
    expect(newest?.key).toBe('d/c');
  });
});
