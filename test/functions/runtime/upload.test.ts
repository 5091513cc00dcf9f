import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSpool, type Spool } from '../../../functions/runtime/spool.ts';
import { openStore } from '../../../functions/runtime/store.ts';
import { useAccount } from './account.ts';

const account = useAccount();
const LINES = Array.from({ length: 40_000 }, (_, n) => `line ${n} ${Math.sin(n)}\n`).join('');

let spool: Spool;
let file: { path: string; bytes: number };
beforeEach(async () => {
  spool = await openSpool('lines.gz');
  spool.write(LINES);
  file = await spool.finish();
});
afterEach(() => spool.discard());

let number = 0;
const freshKey = () => `reports/file-${++number}.gz`;
const stored = (key: string) => {
  const object = account.aws.objects(account.bucket).find((candidate) => candidate.key === key);
  return object && gunzipSync(object.body).toString();
};
const putsOf = () => account.aws.requests().filter(({ operation }) => operation === 'PutObject').length;

describe('a spooled file', () => {
  it('is stored whole', async () => {
    const key = freshKey();
    await openStore(account.bucket).create(key, file);
    expect(stored(key)).toBe(LINES);
  });

  it.each([
    ['throttled', () => account.aws.faults.throttle('s3:PutObject', 2)],
    [
      'answered with a fault of S3’s own',
      () => account.aws.faults.fail('s3:PutObject', { code: 'InternalError', status: 500 }, 1),
    ],
    [
      'met by another conditional write',
      () => account.aws.faults.fail('s3:PutObject', { code: 'ConditionalRequestConflict', status: 409 }, 1),
    ],
    ['lost on its way', () => account.aws.faults.lose({ call: account.aws.faults.calls() + 1, when: 'before' })],
    [
      'stored, and the reply lost',
      () => account.aws.faults.lose({ call: account.aws.faults.calls() + 1, when: 'after' }),
    ],
  ])('F06 F14 is sent again from its beginning when it was %s', async (_how, spoil) => {
    const key = freshKey();
    spoil();
    await openStore(account.bucket).create(key, file);
    expect(stored(key)).toBe(LINES);
  });

  it('F14 that replaces a version is stored when the reply was lost', async () => {
    const key = freshKey();
    const store = openStore(account.bucket);
    await store.create(key, 'old');
    const { etag } = await store.readJson(key).catch(() => store.openLines(key));
    account.aws.faults.lose({ call: account.aws.faults.calls() + 1, when: 'after' });
    await store.replace(key, file, etag);
    expect(stored(key)).toBe(LINES);
  });

  it('F06 ends in a clear error when S3 stays busy for ever, after four attempts', async () => {
    const key = freshKey();
    account.aws.faults.throttle('s3:PutObject', Number.POSITIVE_INFINITY);
    const before = putsOf();
    await expect(openStore(account.bucket).create(key, file)).rejects.toMatchObject({
      name: 'EvidenceError',
      message: expect.stringMatching(new RegExp(`^${key} cannot be stored in the evidence bucket: SlowDown`)),
    });
    expect(putsOf() - before).toBe(4);
    expect(stored(key)).toBeUndefined();
  });

  it('F17 is not sent again where it is forbidden, nor over another’s object', async () => {
    const store = openStore(account.bucket);
    const key = freshKey();
    await store.create(key, 'theirs');
    const before = putsOf();
    await expect(store.create(key, file)).rejects.toMatchObject({ name: 'EvidenceError' });
    account.aws.faults.deny('trial', 's3:PutObject');
    await expect(store.create(freshKey(), file)).rejects.toMatchObject({ name: 'EvidenceError' });
    expect(putsOf() - before).toBe(2);
  });
});
