import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Objects, openObjectStore } from '../../../functions/object-store/object-store.ts';
import { useAccount } from '../runtime/account.ts';
import { gathered } from './gathered.ts';

const account = useAccount();
const refusal = (...said: string[]) =>
  expect.objectContaining({ name: 'RefusalError', message: expect.stringMatching(said.join('.*')) });
const open = (bucket: string): Promise<Objects> => openObjectStore({ bucket, pathStyle: true });

beforeAll(() => {
  account.aws.createBucket('kept', { versioned: true });
  account.aws.createBucket('plain');
});

async function keysOf(objects: Objects, prefix: string): Promise<string[]> {
  return (await gathered(objects.list(prefix))).flat().map(({ key }) => key);
}

describe('a listing', () => {
  it('is all of 2,500 objects, over pages, with sizes, times and storage classes', async () => {
    const { aws } = account;
    const lastModified = new Date('2026-11-01T02:03:04Z');
    const keys = Array.from({ length: 2_500 }, (_, n) => `many/${String(n).padStart(5, '0')}`);
    for (const key of keys) aws.putObject('plain', key, 'xyz', { lastModified, storageClass: 'STANDARD_IA' });
    const pages = await gathered((await open('plain')).list('many/'));
    expect(pages.map((page) => page.length)).toEqual([1_000, 1_000, 500]);
    expect(pages.flat().map(({ key }) => key)).toEqual(keys);
    const [first] = pages.flat();
    expect(first).toMatchObject({ bytes: 3, storageClass: 'STANDARD_IA', lastModified: lastModified.getTime() });
  });

  it('gives keys back as they were written, whatever is in them', async () => {
    const keys = ['odd/a b', 'odd/a+b', 'odd/%2F', 'odd/\u0001', 'odd/ü\u{1f600}', 'odd/&<'];
    for (const key of keys) account.aws.putObject('plain', key, '');
    expect((await keysOf(await open('plain'), 'odd/')).toSorted()).toEqual(keys.toSorted());
  });

  it('F57 that fails on a later page is a refusal, not a shorter list', async () => {
    for (let n = 0; n < 1_001; n += 1) account.aws.putObject('plain', `torn/${n}`, '');
    const pages = (await open('plain')).list('torn/')[Symbol.asyncIterator]();
    expect((await pages.next()).value).toHaveLength(1_000);
    account.aws.faults.fail('s3:ListObjectsV2', { code: 'AccessDenied', status: 403 }, 1);
    await expect(pages.next()).rejects.toEqual(
      refusal('torn/ in the bucket plain', 'cannot be listed', 's3:ListBucket'),
    );
  });

  it('of a bucket that is not there names what to correct', async () => {
    await expect(keysOf(await open('nowhere'), '')).rejects.toEqual(refusal('nowhere', 'correct store.bucket'));
  });

  it('of versions is every one of the key, and of no other, over pages', async () => {
    const { aws } = account;
    for (let n = 0; n < 1_050; n += 1) aws.putObject('kept', 'latest.sql', `${n}`);
    aws.putObject('kept', 'latest.sql.sha256', 'x');
    aws.removeObject('kept', 'latest.sql');
    const versions = await (await open('kept')).versions('latest.sql');
    expect(versions).toHaveLength(1_050);
    expect(new Set(versions.map(({ key }) => key))).toEqual(new Set(['latest.sql']));
  });
});

describe('a look at one object', () => {
  it('tells absent from forbidden', async () => {
    const objects = await open('plain');
    expect(await objects.head('absent')).toBeUndefined();
    account.aws.faults.fail('s3:HeadObject', { code: 'AccessDenied', status: 403 }, 1);
    await expect(objects.head('absent')).rejects.toEqual(refusal('absent in the bucket plain', 's3:GetObject'));
  });

  it('knows what its ETag and its checksum are worth', async () => {
    const { aws } = account;
    const kmsKeyArn = 'arn:aws:kms:eu-central-1:111122223333:key/1';
    aws.putObject('plain', 'one', 'x');
    aws.putObject('plain', 'parts', 'x', { isMultipart: true });
    aws.putObject('plain', 'secret', 'x', { kmsKeyArn, checksum: 'SHA256' });
    const objects = await open('plain');
    const heads = await Promise.all(['one', 'parts', 'secret'].map((key) => objects.head(key)));
    expect(heads.map((head) => [head?.isEtagMd5, Object.keys(head?.checksums ?? {})])).toEqual([
      [true, ['CRC32']],
      [false, []],
      [false, ['SHA256']],
    ]);
  });

  it('F18 knows the store’s own time', async () => {
    account.aws.clock.advance(7_200_000);
    const objects = await open('plain');
    await objects.head('absent');
    account.aws.clock.advance(-7_200_000);
    expect(objects.now() - Date.now()).toBeGreaterThan(7_100_000);
  });
});

describe('lifecycle rules', () => {
  it('are those that are switched on, with what they are for and what they erase', async () => {
    account.aws.setLifecycle('plain', [
      { id: 'dumps', prefix: 'dumps/', expireDays: 30, noncurrentDays: 7 },
      { id: 'off', prefix: 'dumps/', isDisabled: true, expireDays: 1 },
      { id: 'tagged', prefix: 'dumps/', tag: { key: 'a', value: 'b' }, expireDays: 2 },
      { id: 'dated', prefix: 'dumps/', expireDate: '2030-01-01T00:00:00Z' },
      { id: 'newest', prefix: 'dumps/', noncurrentDays: 7, newerNoncurrent: 2 },
    ]);
    expect(await (await open('plain')).lifecycleRules()).toEqual([
      { id: 'dumps', prefix: 'dumps/', isNarrowed: false, expireDays: 30, noncurrentDays: 7 },
      { id: 'tagged', prefix: 'dumps/', isNarrowed: true, expireDays: 2 },
      { id: 'dated', prefix: 'dumps/', isNarrowed: false, expireDays: 0 },
      { id: 'newest', prefix: 'dumps/', isNarrowed: true, noncurrentDays: 7 },
    ]);
  });

  it('say when they put anything where it cannot be read at once, and nothing of classes that read at once', async () => {
    account.aws.setLifecycle('plain', [
      { id: 'cool', transitions: ['STANDARD_IA', 'GLACIER_IR'].map((storageClass) => ({ storageClass, days: 1 })) },
      {
        id: 'archive',
        transitions: [
          { storageClass: 'DEEP_ARCHIVE', days: 90 },
          { storageClass: 'GLACIER', days: 30 },
          { storageClass: 'GLACIER', noncurrentDays: 3 },
          { storageClass: 'DEEP_ARCHIVE', noncurrentDays: 9 },
        ],
      },
      { id: 'dated', transitions: [{ storageClass: 'GLACIER', date: '2030-01-01T00:00:00Z' }] },
    ]);
    expect(await (await open('plain')).lifecycleRules()).toEqual([
      { id: 'cool', prefix: '', isNarrowed: false },
      { id: 'archive', prefix: '', isNarrowed: false, archiveDays: 30, noncurrentArchiveDays: 3 },
      { id: 'dated', prefix: '', isNarrowed: false, archiveDays: 0 },
    ]);
  });

  it('are none where the bucket has none, and a refusal where that cannot be known', async () => {
    const objects = await open('kept');
    expect(await objects.lifecycleRules()).toEqual([]);
    account.aws.faults.fail('s3:GetBucketLifecycleConfiguration', { code: 'AccessDenied', status: 403 }, 1);
    await expect(objects.lifecycleRules()).rejects.toEqual(refusal('kept', 's3:GetLifecycleConfiguration'));
  });
});

const CONTENT = Buffer.from(
  Array.from(
    { length: 300_000 },
    (_, n) =>
      createHash('md5')
        .update(`${n >> 12}`)
        .digest()[n % 16] ?? 0,
  ),
);

describe('reading', () => {
  const pinned = async (objects: Objects, key: string) => {
    const head = await objects.head(key);
    if (head === undefined) throw new Error(`no ${key}`);
    return objects.read(key, head.version);
  };
  const bytesOf = async (stream: AsyncIterable<Buffer>) => Buffer.concat(await gathered(stream));

  it.each([
    'kept',
    'plain',
  ])('F72 gives every byte, once, of a connection that breaks again and again (%s)', async (bucket) => {
    account.aws.putObject(bucket, 'dump', CONTENT);
    const stream = await pinned(await open(bucket), 'dump');
    account.aws.faults.cut('s3:GetObject', 20_000, 9);
    expect((await bytesOf(stream)).equals(CONTENT)).toBe(true);
    const reads = account.aws.requests().filter(({ operation }) => operation === 'GetObject');
    expect(reads.filter(({ status }) => status === 206).length).toBeGreaterThan(0);
  });

  it('gives up on a connection that breaks without a byte, and says where', async () => {
    account.aws.putObject('plain', 'dump', CONTENT);
    const stream = await pinned(await open('plain'), 'dump');
    account.aws.faults.cut('s3:GetObject', 20_000, 1);
    account.aws.faults.cut('s3:GetObject', 0, Number.POSITIVE_INFINITY);
    await expect(bytesOf(stream)).rejects.toEqual(refusal('dump in the bucket plain broke off at byte 20000'));
  });

  it('F72 an object replaced in mid-read is an error in a bucket without versions', async () => {
    const { aws } = account;
    aws.putObject('plain', 'latest', CONTENT);
    const stream = (await pinned(await open('plain'), 'latest'))[Symbol.asyncIterator]();
    aws.faults.cut('s3:GetObject', 20_000, 1);
    const { value } = await stream.next();
    aws.putObject('plain', 'latest', Buffer.alloc(CONTENT.length));
    expect(CONTENT.subarray(0, value.length).equals(value)).toBe(true);
    const rest = async () => {
      for (let next = await stream.next(); !next.done; next = await stream.next());
    };
    await expect(rest()).rejects.toEqual(refusal('latest in the bucket plain changed while it was being read'));
  });

  it('F72 an object replaced in mid-read is read on as it was where versions are kept', async () => {
    const { aws } = account;
    aws.putObject('kept', 'latest', CONTENT);
    const stream = (await pinned(await open('kept'), 'latest'))[Symbol.asyncIterator]();
    aws.faults.cut('s3:GetObject', 20_000, 1);
    const read: Buffer[] = [(await stream.next()).value];
    aws.putObject('kept', 'latest', Buffer.alloc(CONTENT.length));
    for (let next = await stream.next(); !next.done; next = await stream.next()) read.push(next.value);
    expect(Buffer.concat(read).equals(CONTENT)).toBe(true);
  });

  it('F72 an object that is gone since it was looked at is an error that says so', async () => {
    account.aws.putObject('plain', 'gone', 'x');
    const stream = await pinned(await open('plain'), 'gone');
    account.aws.removeObject('plain', 'gone');
    await expect(bytesOf(stream)).rejects.toEqual(refusal('gone in the bucket plain changed', 'it is gone'));
  });

  it('gives a range', async () => {
    account.aws.putObject('plain', 'dump', CONTENT);
    const objects = await open('plain');
    const head = await objects.head('dump');
    const stream = objects.read('dump', head?.version ?? { etag: '', bytes: 0 }, { from: 100, to: 200 });
    expect((await bytesOf(stream)).equals(CONTENT.subarray(100, 200))).toBe(true);
  });

  it('of an empty object gives nothing', async () => {
    account.aws.putObject('plain', 'empty', '');
    expect(await bytesOf(await pinned(await open('plain'), 'empty'))).toHaveLength(0);
  });

  it('names the permission that is missing', async () => {
    account.aws.putObject('plain', 'dump', CONTENT);
    const stream = await pinned(await open('plain'), 'dump');
    account.aws.faults.deny('trial', 's3:GetObject');
    await expect(bytesOf(stream)).rejects.toEqual(refusal('dump in the bucket plain cannot be read', 'kms:Decrypt'));
  });
});
