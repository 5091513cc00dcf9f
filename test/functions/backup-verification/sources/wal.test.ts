import { gzipSync } from 'node:zlib';
import { beforeEach, describe, expect, it } from 'vitest';
import { lookAtWal } from '../../../../functions/backup-verification/sources/wal.ts';
import { segmentName } from '../../../../functions/backup-verification/sources/wal-name.ts';
import type { BaseBackup } from '../../../../functions/backup-verification/sources/wal-reach.ts';
import { labelOf } from './base-backup.ts';
import { DAY, LOOKING, told, usePlanting } from './planting.ts';
import { walSource } from './wal-source.ts';

const { account, bucket, put, storeOf, ago } = usePlanting();
const MB = 2 ** 20;
const MINUTE = 60_000;
const SEGMENT_BYTES = 16 * MB;

let name: string;
beforeEach(() => {
  name = bucket();
});
const nameOf = (number: number, timeline = 1) => segmentName({ timeline, number }, SEGMENT_BYTES);
const segment = (
  number: number,
  minutesAgo: number,
  more: { timeline?: number; body?: string; ending?: string } = {},
) => put(name, `wal/${nameOf(number, more.timeline)}${more.ending ?? '.gz'}`, more.body ?? 'x', minutesAgo * MINUTE);
/** One segment every ten minutes, the newest five minutes old. */
const plant = (from: number, to: number, { timeline = 1, except = [] as number[], last = to } = {}) => {
  for (let number = from; number <= to; number += 1) {
    if (!except.includes(number)) segment(number, (last - number) * 10 + 5, { timeline });
  }
};
const lsn = (number: number, offset = 40) => BigInt(number) * BigInt(SEGMENT_BYTES) + BigInt(offset);
const base = (number: number, more: Partial<BaseBackup> = {}): BaseBackup => ({
  name: 'sunday',
  at: ago(DAY).getTime(),
  timeline: 1,
  startLsn: lsn(number),
  stopLsn: lsn(number, 500),
  ...more,
});
const look = (bases: BaseBackup[] | undefined, more: object = {}, memory?: unknown) =>
  lookAtWal(walSource({ store: storeOf(name), ...more }), { ...LOOKING, memory }, bases);
const minutesBehind = (point: string | undefined) => Math.round((ago(0).getTime() - Date.parse(point ?? '')) / MINUTE);

describe('an archive of WAL', () => {
  it('F77 that goes on from its base backup without a gap is in order, over pages and logs', async () => {
    plant(200, 1_400);
    put(name, `wal/${nameOf(300)}.00000028.backup`, labelOf('0/12C000028', nameOf(300)), 0);
    const looked = await look([base(250)]);
    expect(told(looked)).toEqual([]);
    expect(looked.examined).toBe(1_202);
    expect(minutesBehind(looked.recoveryPoint)).toBe(5);
    expect(looked.backups.at(-1)).toMatchObject({
      state: 'unverified',
      name: expect.stringMatching(/^\d+ segments?$/),
    });
  });

  it('F77 a gap is critical, is named by its first and last, and ends what can be gone back to', async () => {
    plant(3, 40, { except: [20, 21, 22] });
    const looked = await look([base(5)]);
    expect(told(looked)).toEqual([
      [
        `archive: gap at ${nameOf(20)}`,
        'critical',
        expect.stringContaining(`3 segments are missing, from ${nameOf(20)} to ${nameOf(22)}`),
      ],
    ]);
    expect(minutesBehind(looked.recoveryPoint)).toBe(215);
  });

  it('F77 a gap before the newest base backup still breaks the one before, but not what is now', async () => {
    plant(3, 40, { except: [20] });
    const looked = await look([base(5, { name: 'old', at: ago(8 * DAY).getTime() }), base(30)]);
    expect(told(looked).map(([target]) => target)).toEqual([`archive: gap at ${nameOf(20)}`]);
    expect(minutesBehind(looked.recoveryPoint)).toBe(5);
  });

  it('F77 a segment that comes late is not lost, and none has been said to be', async () => {
    plant(3, 40, { except: [39] });
    const late = await look([base(5)]);
    expect(told(late)).toEqual([]);
    expect(late.said).toContain(`${nameOf(39)} has not come yet`);
    expect(minutesBehind(late.recoveryPoint)).toBe(25);
    segment(39, 1);
    const whole = await look([base(5)], {}, late.memory);
    expect(told(whole)).toEqual([]);
    expect(minutesBehind(whole.recoveryPoint)).toBe(5);
  });

  it('F77 a segment that never comes is a gap once it is overdue', async () => {
    plant(3, 40, { except: [37] });
    expect(told(await look([base(5)])).map(([target]) => target)).toEqual([`archive: gap at ${nameOf(37)}`]);
  });

  it('F77 a segment that was there and has gone is a gap at once: the watermark is remembered', async () => {
    plant(3, 40);
    const { memory } = await look([base(5)]);
    account.aws.removeObject(name, `wal/${nameOf(39)}.gz`);
    expect(told(await look([base(5)], {}, memory)).map(([target]) => target)).toEqual([
      `archive: gap at ${nameOf(39)}`,
    ]);
  });

  it('F77 what retention has removed is no gap, though a segment that came late was left among it', async () => {
    for (const number of [3, 4, 5, 6, 7]) segment(number, 31 * 1_440 + 60 - number * 10);
    segment(40, 5);
    const memory = { first: ago(60 * DAY).toISOString(), watermark: { timeline: 1, number: 39 } };
    for (let number = 8; number < 40; number += 1) segment(number, 31 * 1_440 - number);
    expect(
      told(await look(undefined, { continues: undefined, maxLagMinutes: 30 }, memory)).map(([target]) => target),
    ).toEqual(['archive: base backup']);
    account.aws.removeObject(name, `wal/${nameOf(4)}.gz`);
    expect(told(await look(undefined, { continues: undefined }, memory)).map(([target]) => target)).toEqual([
      'archive: base backup',
    ]);
    expect(told(await look(undefined, { continues: undefined })).map(([target]) => target)).toEqual([
      'archive: base backup',
      `archive: gap at ${nameOf(4)}`,
    ]);
  });

  it('F77 a .partial never stands for its segment, except at the very end', async () => {
    plant(3, 40, { except: [20] });
    put(name, `wal/${nameOf(20)}.partial`, 'x', 0);
    const torn = await look([base(5)]);
    expect(told(torn).map(([target]) => target)).toEqual([`archive: gap at ${nameOf(20)}`]);
    expect(minutesBehind(torn.recoveryPoint)).toBe(215);
    put(name, `wal/${nameOf(41)}.partial`, 'x', MINUTE);
    segment(20, 1);
    expect(minutesBehind((await look([base(5)])).recoveryPoint)).toBe(1);
  });

  it('F77 a gap behind a base backup that is older than it is kept is retention’s', async () => {
    plant(3, 40, { except: [5, 6, 7, 8] });
    const old = base(3, { name: 'old', at: ago(40 * DAY).getTime() });
    expect(told(await look([old, base(30)]))).toEqual([]);
    expect(told(await look([old])).map(([target]) => target)).toEqual([`archive: gap at ${nameOf(5)}`]);
  });

  it('F77 of a segment that is there twice the whole one counts', async () => {
    plant(3, 40);
    segment(20, 200, { body: '' });
    expect(told(await look([base(5)])).map(([target]) => target)).toEqual(['archive: segment size']);
    segment(20, 200, { ending: '.lz4' });
    expect(told(await look([base(5)]))).toEqual([]);
  });

  it('F77 a segment that has not its size breaks it', async () => {
    const body = Buffer.alloc(MB);
    const more = { segmentMb: 1 };
    const put1 = (number: number, bytes: Buffer) =>
      put(name, `wal/${segmentName({ timeline: 1, number }, MB)}`, bytes, (10 - number) * 10 * MINUTE);
    for (let number = 3; number < 10; number += 1) put1(number, body);
    const start = { startLsn: 3n * BigInt(MB) + 40n, stopLsn: 3n * BigInt(MB) + 50n };
    expect(told(await look([base(0, start)], more))).toEqual([]);
    put1(6, body.subarray(1));
    const looked = await look([base(0, start)], more);
    expect(told(looked)).toEqual([
      ['archive: segment size', 'critical', expect.stringContaining('1 of the segments have not the 1 MB')],
    ]);
    expect(minutesBehind(looked.recoveryPoint)).toBe(50);
  });
});

describe('timelines', () => {
  const history = (text = `1\t0/C8000C8\tno recovery target specified\n`) => put(name, 'wal/00000002.history', text, 0);

  it('F77 a new timeline goes on where the old one was left, and what the old one wrote after that does not matter', async () => {
    plant(3, 11, { last: 30 });
    plant(12, 30, { timeline: 2 });
    segment(14, 5);
    put(name, `wal/${nameOf(12)}.partial`, 'x', 0);
    history();
    const inBetween = base(12, { name: 'when it was left', stopLsn: lsn(12, 100) });
    const looked = await look([base(5), inBetween, base(20, { timeline: 2, name: 'after' })]);
    expect(told(looked)).toEqual([]);
    expect(minutesBehind(looked.recoveryPoint)).toBe(5);
  });

  it('F77 a gap at the change of timelines is told on both', async () => {
    plant(3, 9, { last: 30 });
    plant(13, 30, { timeline: 2 });
    history();
    expect(told(await look([base(5)])).map(([target]) => target)).toEqual([
      `archive: gap at ${nameOf(10)}`,
      `archive: gap at ${nameOf(12, 2)}`,
      'archive: timeline',
    ]);
  });

  it('F77 without its history file nobody knows the way to a new timeline', async () => {
    plant(3, 11, { last: 30 });
    plant(12, 30, { timeline: 2 });
    const found = told(await look([base(5)]));
    expect(found.map(([target, severity]) => [target, severity])).toEqual([
      ['archive: base backup sunday', 'warning'],
      ['archive: history', 'critical'],
      ['archive: timeline', 'info'],
    ]);
    expect((await look([base(5)])).recoveryPoint).toBeUndefined();
  });

  it('F77 a base backup of a past that was left leads nowhere', async () => {
    plant(3, 20, { last: 30 });
    plant(12, 30, { timeline: 2 });
    history();
    const found = told(await look([base(15), base(25, { timeline: 2, name: 'now' })]));
    expect(found).toEqual([
      ['archive: base backup sunday', 'warning', expect.stringContaining('does not go on from it')],
    ]);
  });

  it('compressed history is read as well', async () => {
    plant(3, 11, { last: 30 });
    plant(12, 30, { timeline: 2 });
    put(name, 'wal/00000002.history.gz', gzipSync('1\t0/C8000C8\tx\n'), 0);
    expect(told(await look([base(5), base(20, { timeline: 2, name: 'after' })]))).toEqual([]);
    put(name, 'wal/00000002.history.gz', gzipSync('1\t0/C8000C8\tx\n').subarray(4), 0);
    await expect(look([])).rejects.toMatchObject({
      name: 'RefusalError',
      message: expect.stringContaining('decompressed'),
    });
  });
});

describe('what an archive continues', () => {
  it('nothing, where settings name no base backups: it counts for nothing, and says so', async () => {
    plant(3, 40);
    const looked = await look(undefined);
    expect(told(looked)).toEqual([
      ['archive: base backup', 'info', expect.stringContaining('does not count towards RPO')],
    ]);
    expect(looked.recoveryPoint).toBeUndefined();
  });

  it('nothing, where there is no base backup', async () => {
    plant(3, 40);
    const looked = await look([]);
    expect(told(looked)).toEqual([
      ['archive: base backup', 'critical', 'weekly has no base backup that it could continue'],
    ]);
    expect(looked.recoveryPoint).toBeUndefined();
  });

  it('nothing, where the base backup begins before it, or ends behind it', async () => {
    plant(3, 40);
    expect(told(await look([base(2)]))).toEqual([
      ['archive: base backup sunday', 'critical', expect.stringContaining(`${nameOf(2)}, is not in the archive`)],
    ]);
    const unfinished = await look([base(39, { stopLsn: lsn(41, 1) })]);
    expect(told(unfinished)).toEqual([
      ['archive: base backup sunday', 'critical', expect.stringContaining('before the backup’s own end')],
    ]);
    expect(unfinished.recoveryPoint).toBeUndefined();
  });

  it('a base backup that ends where a segment ends does not need the next', async () => {
    plant(3, 40);
    expect(told(await look([base(39, { stopLsn: lsn(41, 0) })]))).toEqual([]);
  });

  it('a backup’s end is taken from what the server archived, where the backup does not say it', async () => {
    plant(3, 40);
    const { stopLsn: _, ...open } = base(39);
    expect(told(await look([open]))).toEqual([]);
    const label = labelOf('0/27000028', nameOf(39), `STOP WAL LOCATION: 0/29000100 (file ${nameOf(41)})\n`);
    put(name, `wal/${nameOf(39)}.00000028.backup`, label, 0);
    expect(told(await look([open])).map(([target]) => target)).toEqual(['archive: base backup sunday']);
  });
});

describe('the rest of an archive', () => {
  it.each([
    [20, 'warning'],
    [31, 'critical'],
  ])('whose newest segment is %i minutes old lags', async (minutes, severity) => {
    segment(3, minutes);
    expect(told(await look([base(3)]))).toEqual([
      ['archive: lag', severity, expect.stringContaining('15 minutes are allowed')],
    ]);
  });

  it('that no longer reaches back as far as it did is told', async () => {
    plant(3, 40);
    const memory = { first: ago(60 * DAY).toISOString() };
    expect(told(await look([base(5)], {}, memory)).map(([target]) => target)).toEqual(['archive: retention']);
    segment(2, 30 * 1_440);
    expect(told(await look([base(5)], {}, memory))).toEqual([]);
  });

  it('that is erased too soon is told', async () => {
    plant(3, 40);
    account.aws.setLifecycle(name, [{ id: 'short', expireDays: 7 }]);
    expect(told(await look([base(5)])).map(([target]) => target)).toEqual(['archive: lifecycle']);
    expect(told(await look([base(5)], { lifecycleRule: false }))).toEqual([]);
  });

  it('that has no segment is critical, and says what there is instead', async () => {
    expect(told(await look([base(5)]))).toEqual([['archive: newest', 'critical', 'there is no WAL segment']]);
    put(name, `wal/${'0'.repeat(7)}1${'0'.repeat(13)}FFF`, 'x', 0);
    expect(told(await look([base(5)]))[0]?.[2]).toContain('perhaps segmentMb');
  });

  it('F57 that cannot be listed to its end is a refusal', async () => {
    plant(3, 1_100);
    account.aws.faults.clear();
    account.aws.faults.crash({ call: 2, when: 'before' });
    await expect(look([base(5)])).rejects.toMatchObject({
      name: 'RefusalError',
      message: expect.stringContaining('cannot be listed'),
    });
  });
});
