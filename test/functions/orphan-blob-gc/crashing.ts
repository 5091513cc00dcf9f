/** A run of the collector that is killed at each of its calls, from the same beginning. */
import type { Estate } from '../../../local/estate.ts';
import type { StatementProxy } from '../../../local/postgres/proxy.ts';
import { type Ground as CrashGround, type CrashPoint, callsOf, crashAt, crashPoints } from '../crash.ts';
import { killables } from '../killable.ts';
import type { Asked } from './ground.ts';
import { enforcingDeployment, type Sweeping, TABLES } from './sweeping.ts';

const TIMEOUT_MS = 60_000;
const LEASE_MS = TIMEOUT_MS + 5_000;

export type Crashing = { ground: Sweeping; proxy: StatementProxy; buckets: string[]; edit: NonNullable<Asked['edit']> };

/** Buckets and tables as they are now; what it gives back brings them back. */
async function keep({ ground, buckets: names }: Crashing): Promise<() => Promise<void>> {
  const buckets = ground.aws.keepBuckets(names);
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

/** A good run, killed wherever it leaves something else behind; after each time, `check` looks at what is left. */
export async function matrix(crashing: Crashing, event: object, check: (point: CrashPoint) => Promise<void>) {
  const { ground, proxy, edit } = crashing;
  const deployment = enforcingDeployment(ground, edit);
  const estate = { aws: ground.aws, settingsOf: () => deployment, environmentOf: () => ground.enforcing } as never;
  const crash: CrashGround = { estate, proxy, admin: ground.postgres.admin };
  const threads = killables(estate as Estate, { runbook: 'orphan-blob-gc', mode: 'enforce', edit: () => {} });
  const invocation = { event, timeoutMs: TIMEOUT_MS };
  const bringBack = await keep(crashing);
  const calls = await callsOf(crash, threads.make(), invocation);
  let next = threads.make();
  const points = crashPoints(calls);
  for (const point of points) {
    const thread = next;
    next = threads.make();
    await bringBack();
    await crashAt(crash, thread, { ...invocation, point });
    await afterTheLease(ground, () => check(point));
  }
  next.kill();
  threads.remove();
  return { calls: calls.length, runs: points.length };
}

/** The account's clock goes on beyond the lease, and back, because requests are signed by this machine's clock. */
async function afterTheLease(ground: Sweeping, work: () => Promise<void>): Promise<void> {
  ground.aws.clock.advance(LEASE_MS);
  try {
    await work();
  } finally {
    ground.aws.clock.advance(-LEASE_MS);
  }
}
