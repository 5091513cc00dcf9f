import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { openStore, type Store } from '../../../functions/runtime/store.ts';
import { textOf, useAccount } from './account.ts';

const account = useAccount();
const open = () => openStore(account.bucket);
const evidenceError = (said: string) =>
  expect.objectContaining({ name: 'EvidenceError', message: expect.stringContaining(said) });

/** The n-th call from now. */
const nth = (n: number) => account.aws.faults.calls() + n;

describe('a state object', () => {
  it('is created once, then changed only by whoever has seen its last version', async () => {
    const [ours, theirs] = [open(), open()];
    const nothing = await ours.readJson('state/a.json');
    expect(nothing).toEqual({ value: undefined, etag: undefined });
    const first = await ours.writeJson('state/a.json', { by: 'us' }, nothing);
    expect(await theirs.writeJson('state/a.json', { by: 'them' }, nothing)).toBeUndefined();
    const seen = await theirs.readJson<{ by: string }>('state/a.json');
    expect(seen).toEqual(first);
    await theirs.writeJson('state/a.json', { by: 'them' }, seen);
    expect(await ours.writeJson('state/a.json', { by: 'us again' }, seen)).toBeUndefined();
    expect(textOf(account, 'state/a.json')).toBe('{"by":"them"}');
  });

  it('F01 that ten writers create at once is one writer’s', async () => {
    const nothing = { value: undefined, etag: undefined };
    const written = await Promise.all(
      Array.from({ length: 10 }, (_, by) => open().writeJson('state/race.json', { by }, nothing)),
    );
    const winners = written.filter((seen) => seen !== undefined);
    expect(winners).toHaveLength(1);
    expect(textOf(account, 'state/race.json')).toBe(JSON.stringify(winners[0]?.value));
  });

  it('F14 whose write arrived and whose reply was lost counts as written', async () => {
    const store = open();
    const before = await store.readJson('state/lost.json');
    account.aws.faults.lose({ call: nth(1), when: 'after' });
    const written = await store.writeJson('state/lost.json', { run: 1 }, before);
    expect(written?.value).toEqual({ run: 1 });
    expect(await store.writeJson('state/lost.json', { run: 2 }, written ?? before)).toBeDefined();
  });

  it('that is gone since it was seen is a race that was lost, not an error', async () => {
    const store = open();
    const seen = await store.writeJson('state/gone.json', 1, { value: undefined, etag: undefined });
    account.aws.removeObject(account.bucket, 'state/gone.json');
    expect(await store.writeJson('state/gone.json', 2, seen ?? { value: 0, etag: '' })).toBeUndefined();
  });

  it('that is no JSON is an error that names it, and never “no state”', async () => {
    account.aws.putObject(account.bucket, 'state/torn.json', '{"spent":[');
    await expect(open().readJson('state/torn.json')).rejects.toEqual(evidenceError('state/torn.json'));
  });

  it('F17 that cannot be read is an error that names it, and never “no state”', async () => {
    account.aws.faults.fail('s3:GetObject', { code: 'AccessDenied', status: 403 }, 1);
    await expect(open().readJson('state/a.json')).rejects.toEqual(
      evidenceError('state/a.json in the evidence bucket cannot be read'),
    );
  });
});

describe('evidence', () => {
  it('is created once and never overwritten', async () => {
    await open().create('reports/a.json', 'first');
    await expect(open().create('reports/a.json', 'second')).rejects.toEqual(
      evidenceError('reports/a.json cannot be stored'),
    );
    expect(textOf(account, 'reports/a.json')).toBe('first');
  });

  it('F06 is stored when the service was busy for a while', async () => {
    account.aws.faults.throttle('s3:PutObject', 2);
    await open().create('reports/busy.json', 'x');
    expect(textOf(account, 'reports/busy.json')).toBe('x');
  });

  it('F14 whose reply was lost is stored, once', async () => {
    account.aws.faults.lose({ call: nth(1), when: 'after' });
    await open().create('reports/lost.json', 'x');
    expect(textOf(account, 'reports/lost.json')).toBe('x');
  });

  it('F17 that cannot be stored is an error that names it', async () => {
    account.aws.faults.deny('trial', 's3:PutObject');
    await expect(open().create('reports/denied.json', 'x')).rejects.toEqual(
      evidenceError('reports/denied.json cannot be stored'),
    );
  });
});

describe('lines of a manifest', () => {
  const linesOf = async (store: Store, key: string) => {
    const lines: string[] = [];
    for await (const some of (await store.openLines(key)).lines) lines.push(...some);
    return lines;
  };

  it('come whole, however the bytes were cut on the way', async () => {
    const all = Array.from({ length: 50_000 }, (_, n) => `${n} ${'é€😀'.repeat(n % 4)}`);
    account.aws.putObject(account.bucket, 'state/lines.gz', gzipSync(`${all.join('\n')}\n`));
    expect(await linesOf(open(), 'state/lines.gz')).toEqual(all);
  });

  it('are none where there is no object', async () => {
    expect(await linesOf(open(), 'state/none.gz')).toEqual([]);
    expect((await open().openLines('state/none.gz')).etag).toBeUndefined();
  });

  it.each([
    ['cut in the middle', (whole: Buffer) => whole.subarray(0, whole.length / 2)],
    [
      'with a flipped bit',
      (whole: Buffer) => Buffer.from(whole.map((byte, at) => (at === whole.length - 5 ? byte ^ 1 : byte))),
    ],
    ['not zipped', () => Buffer.from('plain\n')],
  ])('F70 of an object %s end in an error that names it', async (_how, damage) => {
    const whole = gzipSync('line\n'.repeat(10_000));
    account.aws.putObject(account.bucket, 'state/bad.gz', damage(whole));
    await expect(linesOf(open(), 'state/bad.gz')).rejects.toEqual(
      evidenceError('state/bad.gz in the evidence bucket cannot be read'),
    );
  });
});

describe('a listing', () => {
  it('has every folder and key below a prefix, over many pages, in byte order, with its own spelling', async () => {
    const names = Array.from({ length: 1_100 }, (_, n) => `list/${String(n).padStart(5, '0')}.json`);
    for (const key of [...names, 'list/a b+ü/x', 'list/z/y']) account.aws.putObject(account.bucket, key, '');
    const found = await open().list('list/');
    expect(found.keys).toEqual(names);
    expect(found.folders).toEqual(['list/a b+ü/', 'list/z/']);
  });

  it('F57 whose second page fails is an error, not a shorter list', async () => {
    account.aws.faults.lose({ call: nth(2), when: 'before' });
    expect((await open().list('list/')).keys).toHaveLength(1_100);
    const store = open();
    account.aws.faults.fail('s3:ListObjectsV2', { code: 'AccessDenied', status: 403 }, 1);
    await expect(store.list('list/')).rejects.toEqual(evidenceError('list/ in the evidence bucket cannot be listed'));
  });
});

describe('F18 the store’s clock', () => {
  it.each([2, -2])('is the account’s, which is %i hours from this machine’s', async (hours) => {
    account.aws.clock.advance(hours * 3_600_000);
    const store = open();
    await store.readJson('state/none.json');
    expect(Math.abs(store.now().getTime() - account.aws.clock.now().getTime())).toBeLessThan(1_500);
    account.aws.clock.advance(-hours * 3_600_000);
  });
});
