import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type StatementProxy, startProxy } from '../../../local/postgres/proxy.ts';
import { againCopying, aside, COPYING, living, PLAIN, plantCopies } from './copying.ts';
import { type Crashing, matrix as matrixOf } from './crashing.ts';
import { BUCKET, candidates } from './ground.ts';
import {
  act,
  again,
  ONE_SHARD,
  plantOrphans,
  readable,
  refer,
  rows,
  sweep,
  takenState,
  undo,
  useSweeping,
} from './sweeping.ts';

const ground = useSweeping();
const ONE = { edit: ONE_SHARD };
const EVIDENCE = 'alexander-evidence';
const ALL = ['needed', 'rowless', 'with a row'];

let proxy: StatementProxy;

beforeAll(async () => {
  // Hundreds of runs log three lines each.
  vi.spyOn(console, 'log').mockReturnValue();
  proxy = await startProxy({ server: ground.postgres });
  ground.postgres = { ...ground.postgres, port: proxy.port };
});
afterAll(async () => {
  vi.restoreAllMocks();
  await proxy?.stop();
});

const orphans = () => plantOrphans(ground, { orphans: ['with a row'], rowless: ['rowless'] }, ONE);

type Check = Parameters<typeof matrixOf>[2];
const matrix = (event: object, check: Check, on: Pick<Crashing, 'buckets' | 'edit'> = MARKERS) =>
  matrixOf({ ground, proxy, ...on }, event, check);
const MARKERS = { buckets: [BUCKET, EVIDENCE], edit: ONE_SHARD };
const COPIES = { buckets: [PLAIN, EVIDENCE], edit: COPYING.edit };

async function undoAll(): Promise<void> {
  for (const { runId } of takenState(ground).sweeps) await undo(ground, runId, ONE);
}

describe('F14 killed at any call', () => {
  it('a marking ends, after one more, with exactly the orphans marked', { timeout: 600_000 }, async () => {
    await again(ground);
    const due = await orphans();
    const { calls, runs } = await matrix({ phase: 'mark' }, async (point) => {
      const second = await act(ground, { event: { phase: 'mark' }, ...ONE });
      expect([point, second.verdict, second.because]).toEqual([point, 'findings', undefined]);
      expect(candidates(ground).map((candidate) => candidate.key)).toEqual(due);
      expect(readable(ground).toSorted()).toEqual(ALL);
    });
    process.stdout.write(`F14 crash matrix of a marking: ${calls} calls, ${runs} crashes\n`);
    expect(calls).toBeGreaterThan(25);
  });

  it('F61 a quarantine ends, after one more sweep, on record; and all of it can be undone', {
    timeout: 600_000,
  }, async () => {
    await again(ground);
    await orphans();
    const before = await rows(ground);
    const { calls, runs } = await matrix({ phase: 'sweep' }, async (point) => {
      expect([point, readable(ground)]).toEqual([point, expect.arrayContaining(['needed'])]);
      const second = await sweep(ground, ONE);
      expect([point, second.verdict, second.because]).toEqual([
        point,
        expect.stringMatching(/^(acted|clean)$/),
        undefined,
      ]);
      expect(takenState(ground).sweeps.flatMap(({ open }) => open)).toEqual([]);
      const isRowThere = (await rows(ground)).length === before.length;
      expect([point, readable(ground).includes('with a row')]).toEqual([point, isRowThere]);
      await undoAll();
      expect([point, readable(ground).toSorted()]).toEqual([point, ALL]);
      expect([point, await rows(ground)]).toEqual([point, before]);
    });
    process.stdout.write(`F14 crash matrix of a quarantine: ${calls} calls, ${runs} crashes\n`);
    expect(calls).toBeGreaterThan(40);
  });

  it('an undoing ends, after one more, with every blob and row as it was', { timeout: 600_000 }, async () => {
    await again(ground);
    await orphans();
    const before = await rows(ground);
    const { runId } = await sweep(ground, ONE);
    expect(readable(ground)).toEqual(['needed']);
    const { calls, runs } = await matrix({ undo: runId }, async (point) => {
      const second = await undo(ground, runId, ONE);
      expect([point, second.verdict]).toEqual([point, expect.stringMatching(/^(acted|skipped)$/)]);
      expect([point, readable(ground).toSorted()]).toEqual([point, ALL]);
      expect([point, await rows(ground)]).toEqual([point, before]);
    });
    process.stdout.write(`F14 crash matrix of an undoing: ${calls} calls, ${runs} crashes\n`);
    expect(calls).toBeGreaterThan(20);
  });

  it('F51 a restoring by itself ends, after one more sweep, with what is wanted readable', {
    timeout: 600_000,
  }, async () => {
    await again(ground);
    await orphans();
    const before = await rows(ground);
    await sweep(ground, ONE);
    await refer(ground, 'with a row');
    await refer(ground, 'rowless');
    const { calls, runs } = await matrix({ phase: 'sweep' }, async (point) => {
      const second = await sweep(ground, ONE);
      expect([point, second.verdict]).toEqual([point, expect.stringMatching(/^(acted|clean)$/)]);
      expect([point, readable(ground).toSorted()]).toEqual([point, ALL]);
      expect([point, await rows(ground)]).toEqual([point, before]);
    });
    process.stdout.write(`F14 crash matrix of a restoring: ${calls} calls, ${runs} crashes\n`);
    expect(calls).toBeGreaterThan(25);
  });

  it('F61 a quarantine by copies ends, after one more sweep, on record; and all of it can be undone', {
    timeout: 600_000,
  }, async () => {
    await againCopying(ground);
    await plantCopies(ground, { orphans: ['with a row'], rowless: ['rowless'] });
    const before = await rows(ground);
    const { calls, runs } = await matrix(
      { phase: 'sweep' },
      async (point) => {
        expect([point, living(ground)]).toEqual([point, expect.arrayContaining(['needed'])]);
        const second = await sweep(ground, COPYING);
        const ending = [expect.stringMatching(/^(acted|clean)$/), undefined];
        expect([point, second.verdict, second.because]).toEqual([point, ...ending]);
        expect(takenState(ground).sweeps.flatMap(({ open }) => open)).toEqual([]);
        const isRowThere = (await rows(ground)).length === before.length;
        expect([point, living(ground).includes('with a row')]).toEqual([point, isRowThere]);
        for (const { runId } of takenState(ground).sweeps) await undo(ground, runId, COPYING);
        expect([point, living(ground).toSorted()]).toEqual([point, ALL]);
        expect([point, await rows(ground)]).toEqual([point, before]);
        expect(aside(ground).filter((name) => !name.startsWith('quarantine/'))).toEqual([]);
      },
      COPIES,
    );
    process.stdout.write(`F14 crash matrix of a quarantine by copies: ${calls} calls, ${runs} crashes\n`);
    expect(calls).toBeGreaterThan(50);
  });
});
