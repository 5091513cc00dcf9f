import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { follow, type Lane, lanesOf } from '../../../../functions/orphan-blob-gc/coordinator/follow.ts';
import type { Coordination } from '../../../../functions/orphan-blob-gc/coordinator/run.ts';
import type { Steps } from '../../../../functions/runtime/durable-steps.ts';

const BEGAN_MS = Date.parse('2026-05-01T02:00:00.000Z');
const MINUTE_MS = 60_000;
const LANE: Lane = { lane: 0, lanes: 1, from: 0, upTo: 16 };
const MARKING = { id: '20260501T020000Z-0a1b2c3d', shards: 16, begunAt: '2026-05-01T02:00:00.000Z' };

beforeEach(() => void vi.stubEnv('WORKER_FUNCTION_ARN', 'arn:aws:lambda:eu-central-1:111122223333:function:gc:live'));
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

type Part = { from: number };
type Asked = { hours?: number; operations?: number; invoke: (part: Part, turn: number) => Promise<string> };

/** What a lane does, with shards that are done where `done` says so, and a clock that goes on by what is waited for. */
function following({ hours = 12, operations = 3_000, invoke }: Asked) {
  const done = new Set<number>();
  const log: string[] = [];
  const asked: object[] = [];
  let nowMs = BEGAN_MS;
  vi.spyOn(Date, 'now').mockImplementation(() => nowMs);
  const readJson = async (key: string) => {
    const shard = Number.parseInt(/shard-([0-9a-f]+)\.json$/.exec(key)?.[1] ?? '', 16);
    return { value: done.has(shard) ? { manifest: 'm' } : undefined };
  };
  const again: Steps['again'] = (name, act) => {
    log.push(name);
    return act();
  };
  const steps: Steps = {
    once: again,
    again,
    pause: async (name, seconds) => {
      log.push(name);
      nowMs += seconds * 1_000;
    },
    invoke: async (name, _arn, event) => {
      log.push(name);
      asked.push(event);
      const turn = log.filter((one) => /, part \d+$/.test(one) && !one.startsWith('before')).length;
      const { part } = event as { part: Part };
      return { because: await invoke(part, turn) };
    },
  };
  const run = {
    runbook: 'orphan-blob-gc',
    runId: MARKING.id,
    store: { readJson },
    now: new Date(BEGAN_MS),
    settings: { coordinator: { atOnce: 1, hours } },
  } as unknown as Coordination;
  const pass = (minutes: number) => {
    nowMs += minutes * MINUTE_MS;
  };
  const prepared = { marking: MARKING, unfinished: [], operations };
  return { done, log, asked, pass, followed: () => follow(run, prepared, LANE, steps) };
}

describe('the lanes of what is left', () => {
  it('are no more than an execution can follow, and each may hand out a part, however many gaps there are', async () => {
    const odd = Array.from({ length: 2_048 }, (_, n) => 2 * n + 1);
    const { lanes, operations } = lanesOf(odd, 16);
    expect(lanes.slice(0, 2)).toMatchObject([
      { lane: 0, lanes: 16, from: 1, upTo: 2 },
      { lane: 1, lanes: 16, from: 3, upTo: 4 },
    ]);
    expect(lanes.length * operations).toBeLessThan(3_000);
    const lane = following({ operations, invoke: async () => 'Time ran out.' });
    await lane.followed();
    expect(lane.asked).toHaveLength(1);
  });
});

describe('a lane', () => {
  it('hands out what is left until all is done, whatever its parts said', async () => {
    const lane = following({
      invoke: async ({ from }) => {
        for (let shard = from; shard < from + 5; shard += 1) lane.done.add(shard);
        throw new Error('the answer was lost');
      },
    });
    expect(await lane.followed()).toEqual({ done: 16, left: 0 });
    expect(lane.log.filter((name) => name.startsWith('before'))).toEqual([]);
    // In report mode, also where the function that is asked was deployed to act.
    const part = (from: number) => ({ mode: 'report', part: { ...LANE, coordinator: MARKING.id, from } });
    expect(lane.asked).toEqual([0, 5, 10, 15].map(part));
  });

  it('F57 is given up after three parts in a row that brought nothing, ten minutes apart, and begins to count anew where one did', async () => {
    const lane = following({
      invoke: async ({ from }, turn) => {
        if (turn === 3) lane.done.add(from);
        return `it said ${turn}`;
      },
    });
    expect(await lane.followed()).toEqual({ done: 1, left: 15, because: 'it said 6' });
    const waited = lane.log.flatMap((name) => /^before .* part (\d)$/.exec(name)?.[1] ?? []);
    expect(waited).toEqual(['2', '3', '5', '6']);
  });

  it('F04 says nothing but how far it came where its hours are over', async () => {
    const lane = following({
      hours: 1,
      invoke: async ({ from }) => {
        lane.done.add(from);
        lane.pass(14);
        return 'partial';
      },
    });
    expect(await lane.followed()).toEqual({ done: 5, left: 11 });
  });

  it('F54 F57 says what its last part said where that was refused, although its hours are over by then', async () => {
    const lane = following({
      hours: 1,
      invoke: async ({ from }, turn) => {
        lane.pass(29);
        if (turn < 3) lane.done.add(from);
        return turn < 3 ? 'partial' : 'No column references any blob';
      },
    });
    expect(await lane.followed()).toEqual({ done: 2, left: 14, because: 'No column references any blob' });
  });

  it.each([
    { brings: 1, operations: 19, parts: 8, followed: { done: 8, left: 8 } },
    { brings: 0, operations: 9, parts: 2, followed: { done: 0, left: 16, because: 'busy' } },
  ])('F04 ends before its execution has more operations than it may, where parts bring $brings', async (one) => {
    const lane = following({
      operations: one.operations,
      invoke: async ({ from }) => {
        if (one.brings > 0) lane.done.add(from);
        return 'busy';
      },
    });
    expect(await lane.followed()).toEqual(one.followed);
    expect(lane.log.filter((name) => name.startsWith('lane'))).toHaveLength(one.parts);
    // And its context.
    expect(lane.log.length + 1).toBeLessThanOrEqual(one.operations);
  });
});
