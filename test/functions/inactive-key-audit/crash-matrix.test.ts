import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startEstate } from '../../../local/estate.ts';
import { type StatementProxy, startProxy } from '../../../local/postgres/proxy.ts';
import { type CrashPoint, callsOf, crashAt, crashPoints, type Ground } from '../crash.ts';
import { call } from '../invocation.ts';
import { killables } from '../killable.ts';
import { watchingRequests } from '../meanwhile.ts';
import { expectOnRecord, expectTidy, recordKey } from './aftermath.ts';
import {
  activeKeys,
  bucketOf,
  emptyBucket,
  keyId,
  keysOff,
  plantDue,
  roomy,
  setAll,
  storedReports,
  targets,
  warn,
} from './keys.ts';

const TIMEOUT_MS = 60_000;
const LEASE_MS = TIMEOUT_MS + 5_000;

let ground: Ground;
let due: string[];
let threads: ReturnType<typeof killables>;

beforeAll(async () => {
  let proxy: StatementProxy | undefined;
  const through = async (server: Parameters<typeof startProxy>[0]['server']) => {
    proxy = await startProxy({ server });
    return proxy;
  };
  const estate = await startEstate({ through });
  if (proxy === undefined) throw new Error('no proxy');
  ground = { estate, proxy, admin: estate.postgres.admin };
  due = await plantDue(estate, { ada: 2 });
  threads = killables(estate, { runbook: 'inactive-key-audit', mode: 'enforce', edit: roomy });
  // Hundreds of runs log three lines each.
  vi.spyOn(console, 'log').mockReturnValue();
});

afterAll(async () => {
  vi.restoreAllMocks();
  threads?.remove();
  await ground?.proxy.stop();
  await ground?.estate.stop();
});

const enforce = (event: object = {}) => call(ground.estate, { mode: 'enforce', edit: roomy, event });

/** Both keys on and due; the bucket knows of nothing but their warnings. */
async function allDue(): Promise<void> {
  await setAll(ground.estate, 'Active', due);
  emptyBucket(ground.estate);
  warn(ground.estate, due);
}

/** Both keys turned off, as an audit that ended well leaves them; its report is not there, so that those of the crash stand alone. */
async function allOff(): Promise<void> {
  await allDue();
  const { aws } = ground.estate;
  const xid = await setAll(ground.estate, 'Inactive', due);
  for (const id of due) {
    const change = {
      action: 'disable',
      runId: '20260101T000000Z-0',
      at: new Date().toISOString(),
      xid,
      status: 'done',
    };
    aws.putObject(bucketOf(ground.estate), recordKey(id), JSON.stringify({ keyId: id, changes: [change] }));
  }
}

/** A good run, killed wherever it leaves something else behind; after each time, `check` looks at what is left. */
async function matrix(event: object, setUp: () => Promise<void>, check: (point: CrashPoint) => Promise<void>) {
  const invocation = { event, timeoutMs: TIMEOUT_MS };
  await setUp();
  const calls = await callsOf(ground, threads.make(), invocation);
  let next = threads.make();
  const points = crashPoints(calls);
  for (const point of points) {
    const thread = next;
    next = threads.make();
    await setUp();
    await crashAt(ground, thread, { ...invocation, point });
    await afterTheLease(() => check(point));
  }
  next.kill();
  return { calls: calls.length, runs: points.length };
}

/** The account's clock goes on beyond the lease, and back, because requests are signed by this machine's clock. */
async function afterTheLease(work: () => Promise<void>): Promise<void> {
  ground.estate.aws.clock.advance(LEASE_MS);
  try {
    await work();
  } finally {
    ground.estate.aws.clock.advance(-LEASE_MS);
  }
}

describe('F14 killed at any call', () => {
  it('an audit ends, after one more run, with exactly the due keys off, each on record and reported', {
    timeout: 300_000,
  }, async () => {
    const { calls, runs } = await matrix({}, allDue, async (point) => {
      const off = await keysOff(ground.estate);
      expect(due).toEqual(expect.arrayContaining(off));
      const second = await enforce();
      expect([point, second.verdict, second.because]).toEqual([
        point,
        expect.stringMatching(/^(acted|clean|findings)$/),
        undefined,
      ]);
      expect(await keysOff(ground.estate)).toEqual(due);
      expect(await activeKeys(ground.estate)).toEqual([keyId('busyada')]);
      expectOnRecord(ground.estate, 'disable', due);
      expectTidy(ground.estate);
      expect(targets(await enforce({ restore: due }), 'done')).toEqual(due);
      expect(await keysOff(ground.estate)).toEqual([]);
    });
    process.stdout.write(`F14 crash matrix of an audit: ${calls} calls, ${runs} crashes\n`);
    expect(calls).toBeGreaterThan(30);
  });

  it('a restore ends, after one more, with exactly those keys on, each on record and reported', {
    timeout: 300_000,
  }, async () => {
    const event = { restore: due };
    const { calls, runs } = await matrix(event, allOff, async (point) => {
      const second = await enforce(event);
      expect([point, second.verdict]).toEqual([point, expect.stringMatching(/^(acted|skipped)$/)]);
      expect(await keysOff(ground.estate)).toEqual([]);
      expectOnRecord(ground.estate, 'restore', due);
      expectTidy(ground.estate);
      const next = await enforce();
      expect(next).toMatchObject({ verdict: 'findings', outcomes: [], detail: { plan: { disable: 0, warn: 2 } } });
    });
    process.stdout.write(`F14 crash matrix of a restore: ${calls} calls, ${runs} crashes\n`);
    expect(calls).toBeGreaterThan(20);
  });

  it('twice, the second time just before it reports what became of the first, no change stays untold', async () => {
    const invocation = { event: {}, timeoutMs: TIMEOUT_MS };
    await allDue();
    const calls = await callsOf(ground, threads.make(), invocation);
    const commit = calls.find(({ text }) => text === 'COMMIT');
    await allDue();
    await crashAt(ground, threads.make(), { ...invocation, point: { ...must(commit), when: 'reply lost' } });
    await afterTheLease(async () => {
      const [first, second] = due;
      expect(await keysOff(ground.estate)).toEqual([first]);
      await settleAndDie(invocation);
      expect(await keysOff(ground.estate)).toEqual([first, second]);
      expect(storedReports(ground.estate)).toEqual([]);
      ground.estate.aws.clock.advance(LEASE_MS);
      const third = await enforce();
      ground.estate.aws.clock.advance(-LEASE_MS);
      expect(targets(third, 'done')).toEqual(due);
      expectOnRecord(ground.estate, 'disable', due);
      expectTidy(ground.estate);
    });
  });
});

/** The second run, which settles the first one and turns off the other key, is killed before its report is stored. */
async function settleAndDie(invocation: { event: object; timeoutMs: number }): Promise<void> {
  const thread = threads.make();
  const die = ({ method, url }: { method: string; url: string }) => {
    if (method !== 'PUT' || !/\/reports\/.*Z-[0-9a-f]+\.json/.test(url)) return;
    ground.estate.aws.faults.die();
    thread.kill();
  };
  await watchingRequests(die, () => thread.run(invocation));
  ground.estate.aws.faults.clear();
}

function must<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error('the good run made no such call');
  return value;
}
