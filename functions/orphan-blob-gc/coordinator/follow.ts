/** Follows one lane: hands out its shards, looks how far they came, and hands out the rest, until all are done or it is of no use. */
import type { Steps } from '../../runtime/durable-steps.ts';
import { describe, InputError } from '../../runtime/errors.ts';
import type { Part } from '../contract.ts';
import { firstKept } from '../kept.ts';
import { type Span, spansOf } from '../shards.ts';
import type { Prepared } from './prepare.ts';
import type { Coordination } from './run.ts';

/** `lanes` are marked at once. */
export type Lane = Span & { lane: number; lanes: number };
/** How many shards are done and how many are left, and why, where that is not a matter of time. */
export type Followed = { done: number; left: number; because?: string | undefined };

/** Known only when it is deployed, so it is no setting. */
const WORKER = 'WORKER_FUNCTION_ARN';

/** So often in a row an invocation may bring nothing: with the pauses, longer than a failover takes, and than the lease of one that died. */
const TRIES = 3;
const PAUSE_SECONDS = 600;
const HOUR_MS = 3_600_000;

/** Operations: of a lane, its context and its first look; of a part, the invocation and the look after it; and pauses. */
const OF_LANE = 2;
const OF_PART = 2;
const OF_PAUSE = 1;
/** So many of them AWS lets an execution have, less some that are not of a lane. */
const OPERATIONS = 3_000 - 20;

/** Where what is left has gaps, there may be more spans than an execution can follow: those beyond are left for the next marking. */
export function lanesOf(unfinished: number[], atOnce: number): { lanes: Lane[]; operations: number } {
  const most = Math.floor(OPERATIONS / (OF_LANE + OF_PAUSE + OF_PART));
  const spans = spansOf(unfinished, atOnce).slice(0, most);
  const lanes = spans.map((span, lane) => ({ lane, lanes: Math.min(atOnce, spans.length), ...span }));
  return { lanes, operations: Math.floor(OPERATIONS / lanes.length) };
}

/** `operations` are those that this lane may have: where an execution has more than it may, AWS ends it, and nobody is told anything. */
type Following = Prepared & { operations: number };

/** Every decision is made of what a step has answered, so a replay decides the same. */
export async function follow(run: Coordination, following: Following, lane: Lane, steps: Steps): Promise<Followed> {
  const { marking, operations } = following;
  const endMs = run.now.getTime() + run.settings.coordinator.hours * HOUR_MS;
  let { from } = lane;
  let idle = 0;
  let used = OF_LANE;
  let because: string | undefined;
  for (let turn = 1; ; turn += 1) {
    const name = `lane ${lane.lane}, part ${turn}`;
    const seen = await steps.again(`where ${name} begins`, async () => {
      const done = await firstKept(run, marking, { from, upTo: lane.upTo });
      return { from: from + done.length, atMs: Date.now() };
    });
    idle = turn === 1 || seen.from > from ? 0 : idle + 1;
    from = seen.from;
    const followed = { done: from - lane.from, left: lane.upTo - from };
    const isOver = seen.atMs > endMs || used + OF_PAUSE + OF_PART > operations;
    // Where the last part brought nothing, shards are left for another reason.
    if (from === lane.upTo || (isOver && idle === 0)) return followed;
    if (isOver || idle === TRIES) return { ...followed, because };
    if (idle > 0) {
      used += OF_PAUSE;
      await steps.pause(`before ${name}`, PAUSE_SECONDS);
    }
    used += OF_PART;
    because = await handOut(steps, name, { ...lane, coordinator: run.runId, from });
  }
}

/** @returns what the invocation said: it matters only where it brought nothing */
async function handOut({ invoke }: Steps, name: string, part: Part): Promise<string> {
  const worker = process.env[WORKER];
  if (!worker) throw new InputError(`${WORKER} is not set: the alias of the function that marks.`);
  try {
    // A marking changes nothing, whatever the mode of the function that is asked.
    const report = await invoke(name, worker, { mode: 'report', part });
    return String((report as { because?: string } | undefined)?.because);
  } catch (error) {
    return describe(error);
  }
}
