import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Estate } from '../../../local/estate.ts';
import { type StatementProxy, startProxy } from '../../../local/postgres/proxy.ts';
import { type Ground as CrashGround, type CrashPoint, callsOf, crashAt, crashPoints } from '../crash.ts';
import { killables } from '../killable.ts';
import { BUCKET, candidates } from './ground.ts';
import {
  act,
  again,
  enforcingDeployment,
  ONE_SHARD,
  plantOrphans,
  readable,
  refer,
  rows,
  sweep,
  TABLES,
  takenState,
  undo,
  useSweeping,
} from './sweeping.ts';

const ground = useSweeping();
const ONE = { edit: ONE_SHARD };
const TIMEOUT_MS = 60_000;
const LEASE_MS = TIMEOUT_MS + 5_000;
const BUCKETS = [BUCKET, 'alexander-evidence'];
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

/** Buckets and tables as they are now; what it gives back brings them back. */
async function keep(): Promise<() => Promise<void>> {
  const buckets = ground.aws.keepBuckets(BUCKETS);
  const tables: [string, string][] = [];
  for (const table of TABLES) {
    const [all] = await ground.sql<{ rows: string }>(
      `SELECT coalesce(jsonb_agg(t), '[]')::text AS rows FROM ${table} t`,
    );
    tables.push([table, all?.rows ?? '[]']);
  }
  return async () => {
    buckets();
    await ground.sql(`TRUNCATE ${TABLES.join(', ')}`);
    for (const [table, all] of tables) {
      await ground.sql(`INSERT INTO ${table} SELECT * FROM jsonb_populate_recordset(NULL::${table}, $1::jsonb)`, [all]);
    }
  };
}

/** Every call of a good run, never sent, and sent with its reply lost; after each, `check` looks at what is left. */
async function matrix(event: object, check: (point: CrashPoint) => Promise<void>) {
  const deployment = enforcingDeployment(ground, ONE_SHARD);
  const estate = { aws: ground.aws, settingsOf: () => deployment, environmentOf: () => ground.enforcing } as never;
  const crash: CrashGround = { estate, proxy, admin: ground.postgres.admin };
  const threads = killables(estate as Estate, { runbook: 'orphan-blob-gc', mode: 'enforce', edit: () => {} });
  const invocation = { event, timeoutMs: TIMEOUT_MS };
  const bringBack = await keep();
  const calls = await callsOf(crash, threads.make(), invocation);
  let next = threads.make();
  for (const point of crashPoints(calls)) {
    const thread = next;
    next = threads.make();
    await bringBack();
    await crashAt(crash, thread, { ...invocation, point });
    await afterTheLease(() => check(point));
  }
  next.kill();
  threads.remove();
  return { calls: calls.length, runs: 2 * calls.length };
}

/** The account's clock goes on beyond the lease, and back, because requests are signed by this machine's clock. */
async function afterTheLease(work: () => Promise<void>): Promise<void> {
  ground.aws.clock.advance(LEASE_MS);
  try {
    await work();
  } finally {
    ground.aws.clock.advance(-LEASE_MS);
  }
}

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
});
