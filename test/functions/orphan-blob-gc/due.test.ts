import { describe, expect, it } from 'vitest';
import { isOldEnough } from '../../../functions/orphan-blob-gc/decide-due.ts';
import {
  age,
  changes,
  key,
  markLongAgo,
  plantOrphans,
  refer,
  rows,
  sweep,
  TAKEN,
  targets,
  useSweeping,
} from './sweeping.ts';

const ground = useSweeping();

describe('F50 a minimum age that was raised since the marking', () => {
  const atLeast = (minAgeHours: number) => (settings: { policy: object }) => {
    Object.assign(settings.policy, { minAgeHours });
  };

  it('binds the next sweep', async () => {
    const due = await plantOrphans(ground, { orphans: ['a'], rowless: ['b'] });
    const before = await rows(ground);
    expect(await sweep(ground, { edit: atLeast(501) })).toMatchObject({ outcomes: [] });
    expect(changes(ground)).toEqual([]);
    expect(await rows(ground)).toEqual(before);
    expect(targets(await sweep(ground, { edit: atLeast(499) }), 'quarantine', 'done')).toEqual(due);
  });

  it('binds by the age of the row, too', async () => {
    await plantOrphans(ground, { orphans: [] });
    await ground.plant([{ content: 'young row', objectHours: 500, rowHours: 100 }]);
    await markLongAgo(ground);
    expect(await sweep(ground, { edit: atLeast(101) })).toMatchObject({ outcomes: [] });
    expect(targets(await sweep(ground), 'quarantine', 'done')).toEqual([key('young row')]);
  });

  it('F18 counts each age by the clock that wrote the time, and takes an unknown one for young', () => {
    const hour = 3_600;
    const ages = { minAgeHours: 24, storeNowMs: 100 * hour * 1000, databaseNowSeconds: 200 * hour };
    const at = (hours: number) => new Date(hours * hour * 1000).toISOString();
    const one = { key: 'k', hash: 'h', etag: '"e"', bytes: 1, markedAt: at(0) };
    const isOld = (lastModified: number, rowHours?: number) =>
      isOldEnough(
        {
          ...one,
          kind: 'row unreferenced',
          lastModified: at(lastModified),
          ...(rowHours !== undefined && { rowCreatedAt: rowHours * hour }),
        },
        ages,
      );
    expect([isOld(76, 176), isOld(77, 176), isOld(76, 177), isOld(76)]).toEqual([true, false, false, false]);
    const lastModified = at(76);
    expect(isOldEnough({ ...one, kind: 'no row', lastModified }, ages)).toBe(true);
  });
});

describe('F51 what was taken', () => {
  it.each([
    [0.5, true],
    [7.9, true],
    [8.1, false],
  ])('is watched over all through the grace, and a day more: %d days later that is %s', async (days, isWatched) => {
    await plantOrphans(ground, { orphans: ['a'] });
    await sweep(ground);
    age(ground, TAKEN, days);
    await refer(ground, 'a');
    const report = await sweep(ground);
    expect(targets(report, 'restore', 'done')).toEqual(isWatched ? [key('a')] : []);
    expect(report.examined).toBe(isWatched ? 1 : 0);
  });
});
