/** Brings back everything that one run took, rows included. Asks neither halt nor caps: it is the way back. */
import { RefusalError } from '../runtime/errors.ts';
import type { Result } from '../runtime/invocation.ts';
import type { Outcome } from '../runtime/report.ts';
import { bringBack, outcomeOf } from './bring-back.ts';
import { type Ground, onGround } from './ground.ts';
import { inLanes } from './lanes.ts';
import type { Run } from './mark.ts';
import { receivedIn } from './restore.ts';
import { settle } from './settle.ts';
import { changeSweep, type Received, recordTaken, type Sweep, takenOf } from './taken.ts';

const WHY = 'undone by hand';
/** What is begun must also end. */
const ACT_MS = 10_000;

/** @throws RefusalError where no such run is on record */
export function undo(run: Run, runId: string): Promise<Result> {
  return onGround(run, async (ground) => {
    const isActing = run.mode === 'enforce';
    // A run that died in the middle of a wave took some of it, too.
    const settled = isActing ? await settle(ground) : [];
    const sweep = takenOf(ground.taken).sweeps.find((one) => one.runId === runId);
    if (sweep === undefined) throw new RefusalError(nothingTaken(ground, runId));
    if (isActing) await recordUndoing(ground);
    const { outcomes, isWhole } = await bringAllBack(ground, sweep);
    return resultOf([...stillTrue(settled, outcomes), ...outcomes], isWhole);
  });
}

/** What settling could not bring back, and undoing then did, is no failure any more. */
function stillTrue(settled: Outcome[], undone: Outcome[]): Outcome[] {
  const back = new Set(undone.filter(({ status }) => status !== 'failed').map(({ target }) => target));
  return settled.filter(({ status, target }) => status !== 'failed' || !back.has(target));
}

function nothingTaken({ taken }: Ground, runId: string): string {
  const known = takenOf(taken)
    .sweeps.slice(-5)
    .map((sweep) => sweep.runId);
  const others = known.length === 0 ? 'No run has taken any.' : `The last runs that did are ${known.join(', ')}.`;
  return `Run ${runId} took no blobs away, or too long ago. ${others}`;
}

/** From now on, nothing is due until the grace is over once more. */
async function recordUndoing({ taken, storeNowMs }: Ground): Promise<void> {
  await recordTaken(taken, { ...takenOf(taken), undoneAt: new Date(storeNowMs).toISOString() });
}

const OUT_OF_TIME = 'time ran out before its turn';

async function bringAllBack(ground: Ground, sweep: Sweep): Promise<{ outcomes: Outcome[]; isWhole: boolean }> {
  const outcomes: Outcome[] = [];
  for (let wave = sweep.undone ?? 0; wave < sweep.waves; wave += 1) {
    const brought = await bringWaveBack(ground, sweep, wave);
    outcomes.push(...brought);
    if (brought.some(({ error }) => error === OUT_OF_TIME)) return { outcomes, isWhole: false };
    // A wave that failed is looked at again from its first blob, as are those behind it.
    if (outcomes.every(({ status }) => status !== 'failed')) await recordProgress(ground, sweep, wave + 1);
  }
  await recordProgress(ground, sweep, 0);
  return { outcomes, isWhole: true };
}

async function bringWaveBack(ground: Ground, sweep: Sweep, wave: number): Promise<Outcome[]> {
  const received = await receivedIn(ground, sweep, wave);
  if (!Array.isArray(received)) return [received.lost];
  const taken = received.filter(({ status }) => status === 'taken');
  // One row after the other: they share a connection. The objects are what takes time.
  return inLanes(taken, ground.run.settings.policy.requestsPerSecond, (item) => undoItem(ground, item));
}

/** Of a run with one wave, there is none. */
async function recordProgress({ run, taken }: Ground, { runId, waves }: Sweep, undone: number): Promise<void> {
  if (run.mode !== 'enforce' || waves === 1) return;
  await recordTaken(
    taken,
    changeSweep(takenOf(taken), runId, (sweep) => ({ ...sweep, undone })),
  );
}

async function undoItem(ground: Ground, item: Received): Promise<Outcome> {
  const about = { target: item.key, action: 'restore', why: WHY };
  if (ground.run.deadline.workMs() < ACT_MS) return { ...about, status: 'skipped', error: OUT_OF_TIME };
  if (ground.run.mode === 'report') return { ...about, status: 'planned' };
  const brought = await bringBack(ground, item, item.marker);
  return outcomeOf(item, brought, WHY) ?? { ...about, status: 'skipped', error: 'it is there already' };
}

/** It looks at no more than what one run took, so it never calls the system clean. */
function resultOf(outcomes: Outcome[], isWhole: boolean): Result {
  const failed = outcomes.find(({ status }) => status === 'failed');
  const isDone = outcomes.some(({ action, status }) => action === 'restore' && status === 'done');
  const ending = endingOf({ failed, isWhole, isDone });
  return {
    examined: outcomes.length,
    outcomes,
    metrics: { RestoredObjects: { value: outcomes.filter(({ status }) => status === 'done').length, unit: 'Count' } },
    ...(ending && { ending }),
    settled: failed === undefined,
  };
}

type Undone = { failed: Outcome | undefined; isWhole: boolean; isDone: boolean };

function endingOf({ failed, isWhole, isDone }: Undone): Result['ending'] {
  if (failed) return { verdict: 'failed', because: `${failed.target} could not be brought back: ${failed.error}.` };
  if (!isWhole)
    return { verdict: 'partial', because: 'Time ran out before all was brought back. Undo the same run again.' };
  if (isDone) return undefined;
  return { verdict: 'skipped', because: 'Nothing was brought back; the outcomes say why, or what would be.' };
}
