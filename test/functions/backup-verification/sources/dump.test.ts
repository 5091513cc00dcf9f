import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { lookForDump } from '../../../../functions/backup-verification/sources/dump.ts';
import { DAY, HOUR, LOOKING, sourceOf, told, usePlanting } from './planting.ts';

const { account, bucket, put, storeOf, ago } = usePlanting();
const CHECKS = { tables: [{ table: 'users' }] };
const SCHEDULE = { everyHours: 24, keepDays: 30 };
const dumps = (name: string, more: object = {}) =>
  sourceOf('dump', { store: storeOf(name), prefix: 'dumps/', schedule: SCHEDULE, checks: CHECKS, ...more });
const look = async (name: string, more: object = {}, memory?: unknown) =>
  lookForDump(dumps(name, more), { ...LOOKING, memory });

/** A dump for each of the last days, the newest an hour old. */
function plantMonth(name: string, { days = 30, except = [] as number[], bytes = (_day: number): number => 1000 } = {}) {
  for (let day = 0; day < days; day += 1) {
    if (!except.includes(day)) put(name, `dumps/${String(99 - day)}.sql.gz`, 'x'.repeat(bytes(day)), day * DAY + HOUR);
  }
}

describe('dumps under a prefix', () => {
  it('are in order where one was made each day', async () => {
    const name = bucket();
    plantMonth(name);
    const { looked, newest } = await look(name);
    expect(told(looked)).toEqual([]);
    expect(looked).toMatchObject({ source: 'nightly', kind: 'dump', protects: 'database', examined: 30 });
    expect(looked.backups).toHaveLength(30);
    expect(looked.backups.at(-1)).toMatchObject({ name: 'dumps/99.sql.gz', bytes: 1000, state: 'unverified' });
    expect(newest).toMatchObject({ key: 'dumps/99.sql.gz', version: { bytes: 1000 } });
    const stored = account.aws.objects(name).find(({ key }) => key === 'dumps/99.sql.gz');
    expect(looked.recoveryPoint).toBe(stored?.lastModified.toISOString());
  });

  it('F72 the newest by time is the backup, and of one second the last by name; what lies beside it is none', async () => {
    const name = bucket();
    put(name, 'dumps/b.sql', 'b', HOUR);
    put(name, 'dumps/c.sql', 'c', HOUR);
    put(name, 'dumps/z.sql', 'z', 2 * HOUR);
    put(name, 'dumps/c.sql.sha256', 'x'.repeat(64), HOUR - 1000);
    put(name, 'dumps/', '', 0);
    const { newest, looked } = await look(name);
    expect(newest?.key).toBe('dumps/c.sql');
    expect(looked.examined).toBe(3);
  });

  it('are those with the suffix only', async () => {
    const name = bucket();
    put(name, 'dumps/a.sql.gz', 'a', 2 * HOUR);
    put(name, 'dumps/a.log', 'a', HOUR);
    expect((await look(name, { suffix: '.sql.gz' })).newest?.key).toBe('dumps/a.sql.gz');
  });

  it('none is critical', async () => {
    expect(told((await look(bucket())).looked)).toEqual([['nightly: newest', 'critical', 'there is no backup']]);
  });

  it('F70 an empty newest is critical, and nothing to be restored', async () => {
    const name = bucket();
    plantMonth(name, { bytes: (day) => (day === 0 ? 0 : 1000) });
    const { looked, newest } = await look(name);
    expect(told(looked)).toEqual([['nightly: newest', 'critical', 'the newest backup, dumps/99.sql.gz, has 0 bytes']]);
    expect(newest).toBeUndefined();
    expect(looked.recoveryPoint).toBeUndefined();
    expect(looked.backups.at(-1)?.state).toBe('bad');
  });

  it.each([
    [25, []],
    [27, ['warning']],
    [49, ['critical']],
  ])('F70 the newest, %i hours old, is late or not', async (hours, severities) => {
    const name = bucket();
    put(name, 'dumps/a.sql', 'x', hours * HOUR);
    const { looked } = await look(name);
    const late = told(looked).filter(([target]) => target === 'nightly: schedule');
    expect(late.map(([, severity]) => severity)).toEqual(severities);
  });

  it('days without one are told, and those that were only late are not', async () => {
    const name = bucket();
    plantMonth(name, { except: [3, 4, 10] });
    const [missing, ...others] = told((await look(name)).looked);
    expect(others).toEqual([]);
    const days = [10, 4, 3].map((day) =>
      ago(day * DAY + HOUR)
        .toISOString()
        .slice(0, 10),
    );
    expect(missing).toEqual(['nightly: missing backups', 'warning', `no backup was made on ${days.join(', ')}`]);
  });

  it('days are asked after for thirty days, however long backups are kept', async () => {
    const name = bucket({ keepDays: 90 });
    plantMonth(name, { days: 60, except: [28, 29, 30, 31, 40, 41] });
    const schedule = { ...SCHEDULE, keepDays: 90 };
    const days = [29, 28].map((day) =>
      ago(day * DAY + HOUR)
        .toISOString()
        .slice(0, 10),
    );
    expect(told((await look(name, { schedule })).looked).map(([, , what]) => what)).toEqual([
      `no backup was made on ${days.join(', ')}`,
    ]);
  });

  it('an empty one is not compared with, and those before it are the past’s', async () => {
    const name = bucket();
    plantMonth(name, { bytes: (day) => [0, 500][day] ?? 1000 });
    expect(told((await look(name)).looked).map(([target]) => target)).toEqual(['nightly: newest']);
  });

  it('one much smaller than the one before is told', async () => {
    const name = bucket();
    plantMonth(name, { bytes: (day) => (day === 0 ? 700 : 1000) });
    const [shrunk, ...others] = told((await look(name)).looked);
    expect(others).toEqual([]);
    expect(shrunk).toEqual(['nightly: size', 'warning', expect.stringContaining('30.0 % less, and 20 % are allowed')]);
  });

  it('those that should have been erased are told', async () => {
    const name = bucket();
    plantMonth(name, { days: 36 });
    const found = told((await look(name)).looked);
    expect(found.map(([target]) => target)).toEqual(['nightly: old backups']);
    expect(found[0]?.[2]).toMatch(/^4 are still there/);
  });

  it('that no longer reach back as far as they did are told; a young archive is not', async () => {
    const name = bucket();
    plantMonth(name, { days: 10 });
    const young = await look(name);
    expect(told(young.looked)).toEqual([]);
    account.aws.removeObject(name, 'dumps/90.sql.gz');
    account.aws.removeObject(name, 'dumps/91.sql.gz');
    const cut = await look(name, {}, young.looked.memory);
    expect(told(cut.looked).map(([target]) => target)).toEqual(['nightly: retention']);
    expect(cut.looked.memory).toEqual(young.looked.memory);
  });

  it('F57 a page that cannot be read is a refusal, whatever came before it', async () => {
    const name = bucket();
    for (let n = 0; n < 1_001; n += 1) put(name, `dumps/${n}.sql`, 'x', HOUR);
    const { faults } = account.aws;
    const first = faults.calls() + 1;
    faults.crash({ call: first, when: 'after' });
    await expect(look(name)).rejects.toMatchObject({ name: 'RefusalError' });
  });

  it('more of them than backups can be are refused', async () => {
    const name = bucket();
    for (let n = 0; n < 20_001; n += 1) put(name, `dumps/${n}`, '', HOUR);
    await expect(look(name)).rejects.toMatchObject({
      name: 'RefusalError',
      message: expect.stringContaining('Narrow'),
    });
  });
});

describe('lifecycle rules', () => {
  const lifecycle = async (
    rules: Parameters<typeof account.aws.setLifecycle>[1],
    more: { versioned?: boolean } = {},
    source: object = {},
  ) => {
    const name = bucket(more);
    plantMonth(name);
    account.aws.setLifecycle(name, rules);
    return told((await look(name, source)).looked);
  };

  it('that are not there are told, unless settings say that none is needed', async () => {
    const [none, ...others] = await lifecycle([]);
    expect(others).toEqual([]);
    expect(none).toEqual(['nightly: lifecycle', 'warning', 'no lifecycle rule erases objects under dumps/']);
    expect(await lifecycle([], {}, { schedule: { ...SCHEDULE, lifecycleRule: false } })).toEqual([]);
  });

  it('that are for another prefix, or for some objects only, erase nothing', async () => {
    const tag = { key: 'a', value: 'b' };
    const found = await lifecycle([
      { id: 'other', prefix: 'logs/', expireDays: 30 },
      { id: 'some', prefix: 'dumps/', tag, expireDays: 30 },
    ]);
    expect(found.map(([, , what]) => what)).toEqual(['no lifecycle rule erases objects under dumps/']);
  });

  it('that erase too soon are told, also where they are for some objects only', async () => {
    const [short] = await lifecycle([
      { id: 'month', expireDays: 31 },
      { id: 'week', prefix: 'dumps/some', expireDays: 7 },
    ]);
    expect(short?.[2]).toBe('a lifecycle rule erases what is under dumps/ before 30 days: week (7 days)');
  });

  it('must erase former versions as well, where they are kept', async () => {
    const [former] = await lifecycle([{ id: 'month', expireDays: 30 }], { versioned: true });
    expect(former?.[2]).toBe('no lifecycle rule erases former versions under dumps/');
    expect(await lifecycle([{ id: 'month', expireDays: 30, noncurrentDays: 7 }], { versioned: true })).toEqual([]);
  });
});

describe('one key that is written again and again', () => {
  const latest = { prefix: undefined, key: 'latest.sql.gz' };

  it('has its history in its versions', async () => {
    const name = bucket({ versioned: true });
    account.aws.setLifecycle(name, [{ id: 'former', noncurrentDays: 30 }]);
    for (let day = 29; day >= 0; day -= 1) put(name, 'latest.sql.gz', `dump of ${day}`.padEnd(30), day * DAY + HOUR);
    const { looked, newest } = await look(name, latest);
    expect(told(looked)).toEqual([]);
    expect(looked.backups).toHaveLength(30);
    expect(newest?.version.versionId).toBeDefined();
  });

  it('F70 keeps only one backup where the bucket keeps no versions', async () => {
    const name = bucket();
    put(name, 'latest.sql.gz', 'x', HOUR);
    const found = told((await look(name, latest)).looked);
    expect(found.map(([target, severity]) => [target, severity])).toEqual([['nightly: retention', 'warning']]);
  });

  it('must not lose its former versions too soon', async () => {
    const name = bucket({ versioned: true });
    account.aws.setLifecycle(name, [{ id: 'former', noncurrentDays: 7 }]);
    put(name, 'latest.sql.gz', 'x', HOUR);
    expect(told((await look(name, latest)).looked)).toEqual([
      ['nightly: lifecycle', 'warning', expect.stringContaining('before 30 days: former (7 days)')],
    ]);
  });

  it('that is not there is no backup', async () => {
    expect(told((await look(bucket(), latest)).looked)).toEqual([
      ['nightly: newest', 'critical', 'there is no backup'],
    ]);
  });
});

describe('a .sha256 beside it', () => {
  const SUM = createHash('sha256').update('x').digest('hex');
  it.each([
    ['as sha256sum writes it', `${SUM}  a.sql\n`],
    ['of a file in a folder', `${SUM} *./out/a.sql\n`],
    ['bare', SUM.toUpperCase()],
    ['among others', `${'0'.repeat(64)}  b.sql\n${SUM}  a.sql\n`],
    ['as BSD writes it', `SHA256 (a.sql) = ${SUM}\n`],
  ])('is given, %s', async (_, text) => {
    const name = bucket();
    put(name, 'dumps/a.sql', 'x', HOUR);
    put(name, 'dumps/a.sql.sha256', text, HOUR);
    const { newest, looked } = await look(name);
    expect(newest?.sha256).toBe(SUM);
    expect(told(looked)).toEqual([]);
  });

  it.each([
    ['no sum', 'it holds no SHA-256'],
    [`${SUM}  other.sql`, 'it holds none of a.sql'],
  ])('that says nothing of it is told', async (text, why) => {
    const name = bucket();
    put(name, 'dumps/a.sql', 'x', HOUR);
    put(name, 'dumps/a.sql.sha256', text, HOUR);
    const { newest, looked } = await look(name);
    expect(newest?.sha256).toBeUndefined();
    expect(told(looked)).toEqual([['nightly: checksum', 'warning', expect.stringContaining(why)]]);
  });

  it('that may not be read is a refusal', async () => {
    const name = bucket();
    put(name, 'dumps/a.sql', 'x', HOUR);
    put(name, 'dumps/a.sql.sha256', SUM, HOUR);
    account.aws.faults.deny('trial', 's3:GetObject');
    await expect(look(name)).rejects.toMatchObject({
      name: 'RefusalError',
      message: expect.stringContaining('a.sql.sha256'),
    });
  });
});
