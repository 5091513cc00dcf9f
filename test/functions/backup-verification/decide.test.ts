import { describe, expect, it } from 'vitest';
import type { Objective, Source } from '../../../functions/backup-verification/contract.ts';
import { judgeReached, type Protection, reach } from '../../../functions/backup-verification/decide.ts';

const NOW = Date.parse('2026-11-20T06:00:00Z');
const MINUTE_MS = 60_000;
const OBJECTIVE: Objective = { protects: 'database', rpoMinutes: 60, rtoMinutes: 240 };

const schedule = { everyHours: 24, graceHours: 2, keepDays: 30, lifecycleRule: true, maxShrinkPercent: 20 };
const store = { bucket: 'backups', pathStyle: false };
const checks = { tables: [], assertions: [], newest: [] };
const common = { protects: 'database', store, prefix: 'x/' };
const DUMP: Source = { kind: 'dump', name: 'nightly', ...common, schedule, checks, restore: true };
const WAL: Source = {
  kind: 'wal',
  name: 'wal',
  ...common,
  continues: 'base',
  maxLagMinutes: 15,
  keepDays: 7,
  lifecycleRule: true,
  segmentMb: 16,
};
const UNTIED: Source = { ...WAL, continues: undefined };

const dump = (minutesAgo: number | undefined, restoreMs?: number): Protection => ({
  source: 'nightly',
  kind: 'dump',
  point: minutesAgo === undefined ? undefined : NOW - minutesAgo * MINUTE_MS,
  restoreMs,
});
const wal = (minutesAgo: number): Protection => ({ source: 'wal', kind: 'wal', point: NOW - minutesAgo * MINUTE_MS });

const told = (all: Protection[], sources: Source[], objective = OBJECTIVE) =>
  judgeReached(reach(objective, all, NOW), sources);

describe('how much would be lost now', () => {
  it('counts from the newest point of any source', () => {
    const reached = reach(OBJECTIVE, [dump(300), wal(10), dump(200)], NOW);
    expect(reached).toMatchObject({ from: 'wal', ageMinutes: 10, point: '2026-11-20T05:50:00.000Z' });
  });

  it('is in order up to the objective, and critical one minute later', () => {
    expect(told([wal(60), dump(300, 1_000)], [DUMP, WAL])).toEqual([]);
    expect(told([wal(61), dump(300, 1_000)], [DUMP, WAL])).toMatchObject([
      { severity: 'critical', target: 'database: recovery point', what: expect.stringContaining('61 minutes ago') },
    ]);
  });

  it('is critical, and no figure is made up, where nothing is known to bring anything back', () => {
    const reached = reach(OBJECTIVE, [dump(undefined)], NOW);
    expect(reached).not.toHaveProperty('ageMinutes');
    expect(judgeReached(reached, [DUMP])).toContainEqual(
      expect.objectContaining({ severity: 'critical', what: expect.stringContaining('everything would be lost') }),
    );
  });

  it('is not known, rather than nothing, where a source could not be looked at', () => {
    const blind = judgeReached(reach(OBJECTIVE, [], NOW), [DUMP], ['nightly']);
    expect(blind).toContainEqual(
      expect.objectContaining({
        severity: 'critical',
        what: 'it is not known, because nightly could not be looked at',
      }),
    );
    const half = judgeReached(reach(OBJECTIVE, [wal(90)], NOW), [DUMP, WAL], ['nightly']);
    expect(half[0]?.what).toContain('nightly could not be looked at, and may reach further');
  });

  it('is never in the future, whatever a store’s clock says', () => {
    expect(reach(OBJECTIVE, [dump(-120)], NOW).ageMinutes).toBe(0);
  });

  it('says that nightly dumps cannot keep a promise of 15 minutes, WAL or no WAL that continues nothing', () => {
    const promise = { ...OBJECTIVE, rpoMinutes: 15 };
    expect(told([dump(300, 1_000)], [DUMP, UNTIED], promise)).toMatchObject([
      { what: expect.stringContaining('cannot keep that promise: at their best they are 24.0 hours apart') },
    ]);
    expect(told([dump(300, 1_000)], [DUMP, WAL], promise)).toMatchObject([
      { what: expect.not.stringContaining('promise') },
    ]);
  });
});

describe('how long getting it back takes', () => {
  it('is what the source with the newest point took, or else any that was restored', () => {
    expect(reach(OBJECTIVE, [dump(300, 90_000), wal(10)], NOW).restoreMinutes).toBe(1.5);
    expect(reach(OBJECTIVE, [dump(5, 60_000), dump(300, 90_000)], NOW).restoreMinutes).toBe(1);
  });

  it('is critical beyond the objective, and a warning where nobody measured it', () => {
    expect(told([dump(5, 241 * MINUTE_MS)], [DUMP])).toMatchObject([
      { severity: 'critical', target: 'database: recovery time' },
    ]);
    expect(told([dump(5, 240 * MINUTE_MS)], [DUMP])).toEqual([]);
    expect(told([dump(5)], [DUMP])).toMatchObject([
      { severity: 'warning', target: 'database: recovery time', what: expect.stringContaining('not known') },
    ]);
  });

  it('is not asked where no objective names it', () => {
    expect(told([dump(5)], [DUMP], { protects: 'database', rpoMinutes: 60 })).toEqual([]);
  });
});
