import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Memory } from '../../../functions/backup-verification/memory.ts';
import { startEstate } from '../../../local/estate.ts';
import { type StatementProxy, startProxy } from '../../../local/postgres/proxy.ts';
import { type CrashPoint, callsOf, crashAt, crashPoints, type Ground } from '../crash.ts';
import { bucketOf, emptyBucket } from '../inactive-key-audit/keys.ts';
import { call } from '../invocation.ts';
import { killables } from '../killable.ts';
import { passHours, plantForeign, scratchDatabases } from './scratch.ts';

const RUNBOOK = { runbook: 'backup-verification', mode: 'report' } as const;
const TIMEOUT_MS = 60_000;
const LEASE_MS = TIMEOUT_MS + 5_000;
/** `sweepAfterHours`, and a bit. */
const SWEEP_HOURS = 7;

let ground: Ground;
let foreign: string[];
let threads: ReturnType<typeof killables>;

beforeAll(async () => {
  let proxy: StatementProxy | undefined;
  const throughIsolated = async (server: Parameters<typeof startProxy>[0]['server']) => {
    proxy = await startProxy({ server });
    return proxy;
  };
  const estate = await startEstate({ withBackups: true, throughIsolated });
  if (proxy === undefined || estate.isolated === undefined) throw new Error('no proxy');
  ground = { estate, proxy, admin: estate.isolated.server.admin };
  foreign = await plantForeign(estate);
  threads = killables(estate, { ...RUNBOOK, edit: () => {} });
  // Hundreds of runs log three lines each.
  vi.spyOn(console, 'log').mockReturnValue();
}, 60_000);

afterAll(async () => {
  vi.restoreAllMocks();
  threads?.remove();
  await ground?.proxy.stop();
  await ground?.estate.stop();
});

const verify = () => call(ground.estate, RUNBOOK);
const told = ({ findings }: Awaited<ReturnType<typeof verify>>) =>
  findings.map(({ target, severity }) => `${severity} ${target}`);

function memory(): Memory {
  const objects = ground.estate.aws.objects(bucketOf(ground.estate));
  const object = objects.find(({ key }) => key === 'state/backup-verification/memory.json');
  return JSON.parse(object?.body.toString() ?? 'null');
}

/** One more run, when the lease and the time after which a scratch database counts as left behind are over. */
async function afterwards(point: CrashPoint): Promise<{ left: number; findings: string[] }> {
  const { clock } = ground.estate.aws;
  const left = await passHours(ground.estate, SWEEP_HOURS);
  clock.advance(LEASE_MS);
  const next = await verify();
  clock.advance(-LEASE_MS);
  expect([point, next.verdict, next.because]).toEqual([point, expect.stringMatching(/^(findings|acted)$/), undefined]);
  return { left, findings: told(next) };
}

describe('F14 F74 F75 killed at any call', () => {
  it('a verification ends, after one more run, as on a good night, with nothing of its own left behind', {
    timeout: 900_000,
  }, async () => {
    const good = told(await verify());
    const dumps = memory().dumps;
    emptyBucket(ground.estate);
    const invocation = { event: {}, timeoutMs: TIMEOUT_MS };
    const calls = await callsOf(ground, threads.make(), invocation);
    expect(await scratchDatabases(ground.estate)).toEqual(foreign);
    let leftBehind = 0;
    let next = threads.make();
    const points = crashPoints(calls);
    for (const point of points) {
      const thread = next;
      next = threads.make();
      emptyBucket(ground.estate);
      await crashAt(ground, thread, { ...invocation, point });
      const { left, findings } = await afterwards(point);
      leftBehind += left;
      expect([point, findings]).toEqual([point, good]);
      expect([point, await scratchDatabases(ground.estate)]).toEqual([point, foreign]);
      expect(memory().dumps).toMatchObject({ nightly: { tables: dumps.nightly?.tables } });
    }
    next.kill();
    process.stdout.write(
      `F14 crash matrix of a verification: ${calls.length} calls, ${points.length} crashes, ${leftBehind} scratch databases left and swept\n`,
    );
    expect(calls.length).toBeGreaterThan(40);
    // A matrix in which nothing is ever left behind would prove nothing about the sweep.
    expect(leftBehind).toBeGreaterThan(5);
  });
});
