/** Brings back by itself whatever is wanted again: first in every sweep, all through the grace (F51). Asks neither halt nor caps. */
import type { Outcome } from '../runtime/report.ts';
import { wantedAgain } from './blob-rows.ts';
import { type Brought, bringBack, outcomeOf } from './bring-back.ts';
import { isWatchedOver } from './decide-due.ts';
import type { Ground } from './ground.ts';
import { inLanes } from './lanes.ts';
import { type Received, readReceipt, type Sweep, takenOf } from './taken.ts';

const WHY = 'a row or a reference names it again';
/** What is begun must also end. */
const ACT_MS = 10_000;

/** `watched`: how many blobs were asked for. */
type Restored = { watched: number; outcomes: Outcome[] };

/** In report mode, what would be brought back. */
export async function restore(ground: Ground): Promise<Restored> {
  const { run, storeNowMs } = ground;
  const restored: Restored = { watched: 0, outcomes: [] };
  const watched = takenOf(ground.taken).sweeps.filter((sweep) => isWatchedOver(sweep, run.settings.policy, storeNowMs));
  // The newest first: what an older one took and gave back may wait under the marker of a newer one.
  for (const sweep of watched.toReversed()) {
    for (let wave = 0; wave < sweep.waves; wave += 1) {
      if (run.deadline.workMs() < ACT_MS)
        return { ...restored, outcomes: [...restored.outcomes, outOfTime(sweep, wave)] };
      const { watched: some, outcomes } = await restoreWave(ground, sweep, wave);
      restored.watched += some;
      restored.outcomes.push(...outcomes);
    }
  }
  return restored;
}

function outOfTime({ base }: Sweep, wave: number): Outcome {
  const error = 'time ran out before anybody asked whether it is wanted again; allow more requestsPerSecond';
  return { target: `${base}.wave-${wave}`, action: 'restore', why: WHY, status: 'failed', error };
}

/**
 * Also of what was left where it was: a removal of ours that nobody waited for any more may have arrived after we had looked. What nobody
 * wants then is an orphan all the same.
 */
async function restoreWave(ground: Ground, sweep: Sweep, wave: number): Promise<Restored> {
  const received = await receivedIn(ground, sweep, wave);
  if (!Array.isArray(received)) return { watched: 0, outcomes: [received.lost] };
  const wanted = await wantedAgain(ground.session, ground.mapped, received);
  const items = received.filter(({ hash }) => wanted.has(hash));
  const { requestsPerSecond } = ground.run.settings.policy;
  const outcomes = await inLanes(items, requestsPerSecond, (item) => restoreItem(ground, item));
  return { watched: received.length, outcomes: outcomes.flat() };
}

/**
 * How each blob of a wave ended; of a wave that is still open, nobody knows yet. Of one that is closed, the loss of what it took is a
 * failure, and no reason to leave other waves where they are.
 */
export async function receivedIn({ run }: Ground, sweep: Sweep, wave: number): Promise<Received[] | { lost: Outcome }> {
  const received = await readReceipt(run.store, sweep, wave);
  if (received !== undefined) return received;
  if (sweep.open.includes(wave)) return [];
  const error = 'its receipt is gone from the evidence bucket; bring that back first';
  const target = `${sweep.base}.wave-${wave}`;
  return { lost: { target, action: 'restore', why: 'it says what was taken', status: 'failed', error } };
}

async function restoreItem(ground: Ground, item: Received): Promise<Outcome[]> {
  if (ground.run.mode === 'enforce') {
    // Of what was not taken, nobody has seen the marker that may hide it by now.
    const marker = item.status === 'taken' ? item.marker : undefined;
    const outcome = outcomeOf(item, wantedAnd(await bringBack(ground, item, marker)), WHY);
    return outcome ? [outcome] : [];
  }
  const place = await ground.store.quarantine.find(item);
  return place.kind === 'waiting' ? [{ target: item.key, action: 'restore', why: WHY, status: 'planned' }] : [];
}

/** Whoever deleted it, something wants it by now, and its time under that other marker runs out. */
function wantedAnd(brought: Brought): Brought {
  if (brought.kind !== 'not ours') return brought;
  return { kind: 'failed', why: `${brought.why}, and it is hidden under a delete marker that is not ours to remove` };
}
