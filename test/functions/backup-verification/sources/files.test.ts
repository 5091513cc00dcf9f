import { beforeEach, describe, expect, it } from 'vitest';
import { lookAtFiles } from '../../../../functions/backup-verification/sources/files.ts';
import { DAY, HOUR, LOOKING, sourceOf, told, usePlanting } from './planting.ts';

const { account, bucket, put, storeOf, ago } = usePlanting();
const SCHEDULE = { everyHours: 24, keepDays: 30, lifecycleRule: false };

describe('a copy that is kept up to date', () => {
  let own: string;
  let theirs: string;
  beforeEach(() => {
    [own, theirs] = [bucket(), bucket()];
  });
  const source = (more: object = {}) =>
    sourceOf('files', {
      store: storeOf(own),
      prefix: 'copy',
      of: { store: storeOf(theirs), prefix: 'uploads/' },
      schedule: SCHEDULE,
      ...more,
    });
  const look = (more: object = {}, memory?: unknown) => lookAtFiles(source(more), { ...LOOKING, memory });
  /** Uploaded, and copied a day later, both as long ago as that. */
  const plant = (key: string, body: string, days: number, more: object = {}) => {
    put(theirs, `uploads/${key}`, body, (days + 1) * DAY, more);
    put(own, `copy/${key}`, body, days * DAY, more);
  };

  it('is in order where everything is in it, over pages, whatever the names', async () => {
    for (let n = 0; n < 1_100; n += 1) plant(`${n}`, `file ${n}`, 3);
    for (const odd of ['a b', 'ü', '\u{1f600}', '\uffee', 'z/../y', 'Z']) plant(odd, odd, 3);
    const looked = await look();
    expect(told(looked)).toEqual([]);
    expect(looked.examined).toBe(2 * 1_106);
    expect(looked.memory).toMatchObject({ count: 1_106 });
    expect(Date.parse(looked.recoveryPoint ?? '')).toBeGreaterThan(ago(HOUR).getTime());
  });

  it('does not miss what came since, or was deleted since', async () => {
    plant('a', 'a', 1);
    put(theirs, 'uploads/new', 'n', HOUR);
    put(own, 'copy/gone', 'g', 2 * DAY);
    const looked = await look();
    expect(told(looked)).toEqual([]);
    const point = Date.parse(looked.recoveryPoint ?? '');
    expect(point).toBeLessThan(ago(HOUR).getTime());
    expect(point).toBeGreaterThan(ago(HOUR + 5_000).getTime());
  });

  it('misses what is older than its newest file, and no file of a folder that is named alike', async () => {
    plant('a', 'a', 1);
    put(theirs, 'uploads/lost', 'x', 9 * DAY);
    put(own, 'copy-of-another/lost', 'x', 9 * DAY);
    expect(told(await look())).toEqual([
      ['nightly: missing files', 'critical', expect.stringMatching(/^1 of 2 in uploads\/ .*: lost$/)],
    ]);
    expect(told(await look({ maxMissingPercent: 50 }))).toEqual([]);
  });

  it('is late where nothing has been copied that came long enough ago', async () => {
    plant('a', 'a', 9);
    put(theirs, 'uploads/b', 'b', 30 * HOUR);
    expect(told(await look())).toEqual([
      ['nightly: schedule', 'warning', expect.stringContaining('30.0 hours ago: 1 files')],
    ]);
    put(theirs, 'uploads/c', 'c', 60 * HOUR);
    expect(told(await look()).map(([, severity]) => severity)).toEqual(['critical']);
  });

  it('is told where a file has changed and not been copied again', async () => {
    plant('a', 'a', 5);
    plant('b', 'b', 1);
    put(theirs, 'uploads/a', 'changed', 3 * DAY);
    expect(told(await look())).toEqual([
      ['nightly: changed files', 'warning', expect.stringMatching(/^1 have changed.*: a$/)],
    ]);
  });

  it('is not out of date where a file has changed only just now', async () => {
    plant('a', 'a', 5);
    put(theirs, 'uploads/a', 'changed', HOUR);
    expect(told(await look())).toEqual([]);
  });

  it('is not read where that would take long, or somebody to restore it first', async () => {
    const large = Buffer.alloc(64 * 2 ** 20 + 1);
    const before = account.aws.requests().length;
    for (const [key, body, more] of [
      ['large', large, {}],
      ['cold', 'x', { storageClass: 'DEEP_ARCHIVE' }],
    ] as const) {
      put(theirs, `uploads/${key}`, body, 6 * DAY);
      put(own, `copy/${key}`, body, 5 * DAY, { isMultipart: true, ...more });
    }
    expect(told(await look())).toEqual([]);
    const asked = account.aws.requests().slice(before);
    expect(asked.filter(({ operation }) => operation === 'GetObject')).toEqual([]);
  });

  it('is told where a file has another size', async () => {
    plant('a', 'a', 5);
    put(own, 'copy/a', 'aa', DAY);
    expect(told(await look()).map(([target, severity]) => [target, severity])).toEqual([
      ['nightly: sizes', 'critical'],
    ]);
  });

  it.each([
    ['checksums, where keys make ETags differ', { checksum: 'SHA256', kmsKeyArn: 'k' }, { checksum: 'SHA256' }, 0],
    ['ETags', { checksum: 'SHA256' }, {}, 0],
    ['reading both, where one was uploaded in parts', { isMultipart: true }, {}, 2],
    ['reading both, where keys make ETags differ', { kmsKeyArn: 'k', isMultipart: true }, { kmsKeyArn: 'k' }, 2],
  ])('is found to hold other bytes of the same length, by %s', async (_, left, right, reads) => {
    plant('same', 'same', 5);
    const before = account.aws.requests().length;
    put(theirs, 'uploads/a', 'good', 6 * DAY, left);
    put(own, 'copy/a', 'good', 5 * DAY, right);
    expect(told(await look())).toEqual([]);
    put(own, 'copy/a', 'evil', 5 * DAY, right);
    expect(told(await look())).toEqual([['nightly: content', 'critical', expect.stringContaining('hold other bytes')]]);
    const asked = account.aws.requests().slice(before);
    expect(asked.filter(({ operation }) => operation === 'GetObject')).toHaveLength(2 * reads);
  });

  it('is compared by a sample that the run’s id chooses, and of no more than was asked for', async () => {
    for (let n = 0; n < 200; n += 1) plant(`${n}`, `${n}`, 3);
    const chosen = async (runId: string) => {
      const before = account.aws.requests().length;
      await lookAtFiles(source({ sampleSize: 5 }), { runId, memory: undefined });
      const heads = account.aws
        .requests()
        .slice(before)
        .filter(({ operation }) => operation === 'HeadObject');
      return heads.map(({ resource }) => resource);
    };
    const [one, again, other] = [await chosen('one'), await chosen('one'), await chosen('other')];
    expect(one).toHaveLength(10);
    expect(again).toEqual(one);
    expect(other).not.toEqual(one);
  });

  it('is not emptied quietly', async () => {
    put(own, 'copy/a', 'a', DAY);
    expect(told(await look())).toEqual([
      ['nightly: missing files', 'critical', expect.stringContaining('holds nothing')],
    ]);
  });

  it('is told where it has become much smaller since the last run, or has too few files', async () => {
    for (let n = 0; n < 10; n += 1) plant(`${n}`, 'x', 3);
    expect(told(await look({}, { count: 13, bytes: 13 }))).toEqual([
      ['nightly: size', 'warning', expect.stringContaining('had 13')],
    ]);
    expect(told(await look({ minFiles: 11 }))).toEqual([
      ['nightly: files', 'critical', expect.stringContaining('10 files')],
    ]);
  });

  it('is none where there is nothing', async () => {
    put(theirs, 'uploads/a', 'a', HOUR);
    expect(told(await look())).toEqual([['nightly: newest', 'critical', 'there is no backup']]);
  });

  it('must not be erased by its age, and must not keep former versions for ever', async () => {
    plant('a', 'a', 1);
    const asked = { schedule: { ...SCHEDULE, lifecycleRule: true } };
    expect(told(await look(asked))).toEqual([
      ['nightly: lifecycle', 'critical', expect.stringContaining('old (30 days)')],
    ]);
    account.aws.setLifecycle(own, []);
    expect(told(await look(asked))).toEqual([]);
    own = bucket({ versioned: true });
    plant('a', 'a', 1);
    account.aws.setLifecycle(own, []);
    expect(told(await look(asked)).map(([, , what]) => what)).toEqual([
      'no lifecycle rule erases former versions under copy/',
    ]);
  });

  it('F57 is not judged when a page of either side cannot be read', async () => {
    for (let n = 0; n < 1_001; n += 1) plant(`${n}`, 'x', 3);
    for (const call of [3, 4]) {
      account.aws.faults.clear();
      account.aws.faults.crash({ call, when: 'before' });
      await expect(look()).rejects.toMatchObject({
        name: 'RefusalError',
        message: expect.stringContaining('cannot be listed'),
      });
    }
  });

  it('has no more than its age to tell where nothing is beside it', async () => {
    put(own, 'copy/a', 'a', HOUR);
    expect(told(await look({ of: undefined }))).toEqual([]);
    expect((await look({ of: undefined })).recoveryPoint?.slice(0, 13)).toBe(ago(HOUR).toISOString().slice(0, 13));
    put(own, 'copy/a', 'a', 30 * HOUR);
    expect(told(await look({ of: undefined }))).toEqual([['nightly: schedule', 'warning', expect.any(String)]]);
  });

  it('has copies of its own, each compared with it', async () => {
    const far = bucket();
    const copies = [{ name: 'far', store: storeOf(far), prefix: 'again', storageClass: 'GLACIER_IR' }];
    for (const key of ['a', 'b', 'c']) plant(key, key, 3);
    for (const key of ['a', 'b', 'c']) put(far, `again/${key}`, key, 2 * DAY, { storageClass: 'GLACIER_IR' });
    expect(told(await look({ copies }))).toEqual([]);
    put(far, 'again/b', 'x', 2 * DAY);
    account.aws.removeObject(far, 'again/c');
    expect(told(await look({ copies })).map(([target, severity]) => [target, severity])).toEqual([
      ['nightly: copy far: content', 'critical'],
      ['nightly: copy far: missing files', 'critical'],
      ['nightly: copy far: storage class', 'warning'],
    ]);
  });

  it('has copies in other regions, each asked for in its own', async () => {
    const far = { bucket: bucket(), pathStyle: true, region: 'eu-west-1' };
    plant('a', 'a', 3);
    // The account of the tests is in one region, and says which one a request was meant for.
    await expect(look({ copies: [{ name: 'far', store: far, prefix: '' }] })).rejects.toThrow(/eu-west-1/);
  });
});

describe('backups that are each a folder', () => {
  let own: string;
  beforeEach(() => {
    own = bucket();
  });
  const source = (more: object = {}) =>
    sourceOf('files', {
      store: storeOf(own),
      prefix: 'configuration',
      folderPerBackup: true,
      schedule: { everyHours: 24, keepDays: 30 },
      minFiles: 3,
      ...more,
    });
  const look = (more: object = {}) => lookAtFiles(source(more), LOOKING);
  const folder = (days: number) => `2026-11-${String(30 - days).padStart(2, '0')}-020000`;
  const plant = (days: number, files: string[]) => {
    for (const file of files) put(own, `configuration/${folder(days)}/${file}`, file, days * DAY + HOUR);
  };
  const ALL = ['app.json', 'nginx/site.conf', 'users.csv', 'z'];

  it('are in order where each is complete, and the newest by name is the newest', async () => {
    for (let days = 0; days < 10; days += 1) plant(days, ALL);
    const looked = await look();
    expect(told(looked)).toEqual([]);
    expect(looked.backups).toHaveLength(10);
    expect(looked.backups.at(-1)?.name).toBe(folder(0));
    expect(looked.recoveryPoint?.slice(0, 13)).toBe(ago(HOUR).toISOString().slice(0, 13));
  });

  it('are judged by the newest: too few files, and fewer than before', async () => {
    plant(1, ALL);
    plant(0, ALL.slice(0, 2));
    expect(told(await look()).map(([target, severity]) => [target, severity])).toEqual([
      ['nightly: files', 'critical'],
      ['nightly: number of files', 'warning'],
      ['nightly: size', 'warning'],
    ]);
  });

  it('one that is being filled is not judged yet', async () => {
    plant(1, ALL);
    put(own, `configuration/${folder(0)}/app.json`, 'a', 60_000);
    const looked = await look();
    expect(told(looked)).toEqual([]);
    expect(looked.backups.at(-1)?.name).toBe(folder(1));
  });

  it('one that is complete is the newest, however young', async () => {
    plant(1, ALL);
    for (const file of ALL) put(own, `configuration/${folder(0)}/${file}`, file, 60_000);
    expect((await look()).backups.at(-1)?.name).toBe(folder(0));
  });

  it('are late, and none at all is critical', async () => {
    expect(told(await look())).toEqual([['nightly: newest', 'critical', 'there is no backup']]);
    plant(2, ALL);
    expect(told(await look())).toEqual([['nightly: schedule', 'critical', expect.stringContaining(folder(2))]]);
  });

  it('are compared with what they were made from as it was then, and with copies of the newest', async () => {
    const [theirs, far] = [bucket(), bucket()];
    for (const file of ALL) put(theirs, `etc/${file}`, file, 3 * DAY);
    put(theirs, 'etc/new', 'n', HOUR / 2);
    plant(0, ALL);
    for (const file of ALL) put(far, `far/${folder(0)}/${file}`, file, HOUR / 2);
    const beside = {
      of: { store: storeOf(theirs), prefix: 'etc' },
      copies: [{ name: 'far', store: storeOf(far), prefix: 'far' }],
    };
    expect(told(await look(beside))).toEqual([]);
    put(theirs, 'etc/lost', 'x', 3 * DAY);
    expect(told(await look(beside))).toEqual([
      ['nightly: missing files', 'critical', expect.stringContaining(': lost')],
    ]);
  });
});
