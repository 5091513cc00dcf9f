/** Brings back by itself whatever is wanted again: first in every sweep, all through the grace (F51). Asks neither halt nor caps. */
import type { Outcome } from '../runtime/report.ts';
import { wantedAgain } from './blob-rows.ts';
import { type Brought, bringBack, outcomeOf } from './bring-back.ts';
import { isWatchedOver } from './decide-due.ts';
import type { Ground } from './ground.ts';
import { type Received, readReceipt, type Sweep, takenOf } from './taken.ts';

const WHY = 'a row or a reference names it again';

/** In report mode, what would be brought back. */
export async function restore(ground: Ground): Promise<Outcome[]> {
  const { run, storeNowMs } = ground;
  const outcomes: Outcome[] = [];
  const watched = takenOf(ground.taken).sweeps.filter((sweep) => isWatchedOver(sweep, run.settings.policy, storeNowMs));
  // The newest first: what an older one took and gave back may wait under the marker of a newer one.
  for (const sweep of watched.toReversed()) {
    for (let wave = 0; wave < sweep.waves; wave += 1) outcomes.push(...(await restoreWave(ground, sweep, wave)));
  }
  return outcomes;
}

async function restoreWave(ground: Ground, sweep: Sweep, wave: number): Promise<Outcome[]> {
  const taken = await takenIn(ground, sweep, wave);
  if (!Array.isArray(taken)) return [taken.lost];
  const wanted = await wantedAgain(ground.session, ground.mapped, taken);
  const outcomes: Outcome[] = [];
  for (const item of taken.filter(({ hash }) => wanted.has(hash))) outcomes.push(...(await restoreItem(ground, item)));
  return outcomes;
}

/**
 * What is known to be in quarantine; of a wave that is still open, nobody knows yet. Of one that is closed, the loss of what it took is a
 * failure, and no reason to leave other waves where they are.
 */
export async function takenIn({ run }: Ground, sweep: Sweep, wave: number): Promise<Received[] | { lost: Outcome }> {
  const received = await readReceipt(run.store, sweep, wave);
  if (received !== undefined) return received.filter(({ status }) => status === 'taken');
  if (sweep.open.includes(wave)) return [];
  const error = 'its receipt is gone from the evidence bucket; bring that back first';
  const target = `${sweep.base}.wave-${wave}`;
  return { lost: { target, action: 'restore', why: 'it says what was taken', status: 'failed', error } };
}

async function restoreItem(ground: Ground, item: Received): Promise<Outcome[]> {
  if (ground.run.mode === 'enforce') {
    const outcome = outcomeOf(item, wantedAnd(await bringBack(ground, item, item.marker)), WHY);
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
