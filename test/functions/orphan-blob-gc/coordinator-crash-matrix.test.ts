import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Estate } from '../../../local/estate.ts';
import { type StatementProxy, startProxy } from '../../../local/postgres/proxy.ts';
import { type Ground as CrashGround, callsOf, crashAt, crashPoints } from '../crash.ts';
import { coordinatorEnvironment, coordinatorOf } from './coordinating.ts';
import { BUCKET, call, candidates, deploymentOf, evidence, keysOf, markings, settingsOf, useGround } from './ground.ts';
import { killables } from './killable.ts';
import { ONE_SHARD } from './sweeping.ts';

const ground = useGround();
/** An hour for the parts and one for what is around them. */
const LEASE_MS = 2 * 3_600_000 + 5_000;
const OLD = { objectHours: 100, rowHours: 100 };
const INVOCATION = { event: {}, timeoutMs: 60_000 };

let proxy: StatementProxy;
beforeAll(async () => {
  vi.spyOn(console, 'log').mockReturnValue();
  vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  proxy = await startProxy({ server: ground.postgres });
  ground.postgres = { ...ground.postgres, port: proxy.port };
});
afterAll(async () => {
  vi.restoreAllMocks();
  await proxy?.stop();
});

/** One lane of one shard: it makes every kind of call, and each awaits the one before it. */
function threadsOf() {
  const settings = settingsOf(ground);
  ONE_SHARD(settings);
  return killables({
    coordinator: coordinatorOf(ground, { edit: ONE_SHARD, atOnce: 1, hours: 1 }),
    worker: deploymentOf(settings, 'report'),
    environment: coordinatorEnvironment(ground),
  });
}

const lastVerdict = () => {
  const reports = evidence(ground.aws).filter(({ key }) => /Z-[0-9a-f]{8}\.json$/.test(key));
  const [last] = reports
    .map(({ body, lastModified }) => ({ ...JSON.parse(body.toString()), at: lastModified.getTime() }))
    .filter(({ verdict }) => verdict !== 'partial')
    .toSorted((a, b) => b.at - a.at);
  return last?.verdict;
};

describe('F14 a coordinator killed at any call, with its part', () => {
  it('leaves a marking that the next run ends with exactly the orphans marked', { timeout: 900_000 }, async () => {
    await ground.plant([
      { content: 'kept', ...OLD, references: 1 },
      { content: 'orphan', ...OLD },
      { content: 'no row', objectHours: 100 },
      { content: 'lost', rowHours: 100, references: 1 },
    ]);
    const due = keysOf('orphan', 'no row');
    const crash: CrashGround = { estate: { aws: ground.aws } as Estate, proxy, admin: ground.postgres.admin };
    const threads = threadsOf();
    const bringBack = ground.aws.keepBuckets(['alexander-evidence']);
    const calls = await callsOf(crash, threads.make(), INVOCATION);
    expect([lastVerdict(), candidates(ground).map(({ key }) => key)]).toEqual(['findings', due]);
    let wereCut = 0;
    let thread = threads.make();
    const points = crashPoints(calls);
    for (const [index, point] of points.entries()) {
      // Whichever function marks next.
      const next = index % 2 === 0 ? threads.make() : undefined;
      bringBack();
      await crashAt(crash, thread, { ...INVOCATION, point });
      thread = threads.make();
      wereCut += markings(ground).counts === undefined ? 1 : 0;
      ground.aws.clock.advance(LEASE_MS);
      await (next ? next.run(INVOCATION) : call(ground, { edit: ONE_SHARD }));
      ground.aws.clock.advance(-LEASE_MS);
      expect([point, lastVerdict()]).toEqual([point, 'findings']);
      expect([point, candidates(ground).map(({ key }) => key)]).toEqual([point, due]);
      expect(ground.aws.objects(BUCKET)).toHaveLength(3);
    }
    thread.kill();
    threads.remove();
    process.stderr.write(`F14 crash matrix of a coordinator: ${calls.length} calls, ${points.length} crashes\n`);
    expect(calls.length).toBeGreaterThan(40);
    expect(wereCut).toBeGreaterThan(10);
  });
});
