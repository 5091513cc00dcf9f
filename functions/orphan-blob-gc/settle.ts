/** Finds out what became of waves that nobody saw the end of, by looking at every blob in them (F61). It takes nothing more. */
import type { Outcome } from '../runtime/report.ts';
import { wantedAgain } from './blob-rows.ts';
import { bringBack, bringOnlyRowBack, isBack } from './bring-back.ts';
import type { Ground } from './ground.ts';
import { inLanes } from './lanes.ts';
import type { Place } from './quarantine.ts';
import {
  changeSweep,
  type Item,
  type Received,
  readIntent,
  readReceipt,
  recordTaken,
  type Sweep,
  storeReceipt,
  takenOf,
} from './taken.ts';

/** @returns what those runs did and did not say @throws when it cannot be found out; then it stays open */
export async function settle(ground: Ground): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const sweep of takenOf(ground.taken).sweeps) {
    for (const wave of sweep.open) outcomes.push(...(await settleWave(ground, sweep, wave)));
  }
  return outcomes;
}

async function settleWave(ground: Ground, sweep: Sweep, wave: number): Promise<Outcome[]> {
  const { store } = ground.run;
  const received = (await readReceipt(store, sweep, wave)) ?? (await lookThrough(ground, sweep, wave));
  const closed = changeSweep(takenOf(ground.taken), sweep.runId, (one) => ({
    ...one,
    open: one.open.filter((other) => other !== wave),
  }));
  await recordTaken(ground.taken, closed);
  return received.filter(({ status }) => status === 'taken').map((item) => outcomeOf(sweep, item));
}

/** What is on record with a reason was to come back, and did not. */
function outcomeOf({ runId }: Sweep, { key, why: error }: Received): Outcome {
  const why = `by run ${runId}, which ended before it could say so`;
  const about = { target: key, action: 'quarantine', why };
  return error === undefined ? { ...about, status: 'done' } : { ...about, status: 'failed', error };
}

async function lookThrough(ground: Ground, sweep: Sweep, wave: number): Promise<Received[]> {
  const { run, store } = ground;
  const items = await readIntent(run.store, sweep, wave);
  const places = await inLanes(items, run.settings.policy.requestsPerSecond, (item) => store.quarantine.find(item));
  const found: Received[] = [];
  for (const [index, item] of items.entries()) found.push(await receivedOf(ground, item, places[index]));
  const received = await lookOnceMore(ground, found);
  await storeReceipt(run.store, sweep, { wave, received });
  return received;
}

async function receivedOf(ground: Ground, item: Item, place: Place | undefined): Promise<Received> {
  if (place?.kind === 'waiting' && !place.isOther) {
    return { ...item, status: 'taken', ...(place.marker !== undefined && { marker: place.marker }) };
  }
  if (place?.kind === 'gone') return { ...item, status: 'kept', why: 'somebody else removed it' };
  // Its row may be gone already, or an upload that came in between be hidden.
  const marker = place?.kind === 'waiting' ? place.marker : undefined;
  const isHidden = place?.kind === 'waiting';
  const brought = isHidden ? await bringBack(ground, item, marker) : await bringOnlyRowBack(ground, item);
  if (isBack(brought)) return { ...item, status: 'kept', why: 'it was not taken any more' };
  // On record as taken: nothing looks again at what was kept, and its waves are never settled a second time.
  return { ...item, status: 'taken', ...(marker !== undefined && { marker }), why: brought.why };
}

/**
 * The look after the act. With the promise of the writers, it closes the race: whoever committed a reference before we took the object
 * away is seen here, and whoever did later finds the object gone and uploads it.
 */
export async function lookOnceMore(ground: Ground, received: Received[]): Promise<Received[]> {
  const taken = received.filter(({ status }) => status === 'taken');
  const wanted = await wantedAgain(ground.session, ground.mapped, taken);
  const looked: Received[] = [];
  for (const one of received) looked.push(wanted.has(one.hash) ? await broughtBack(ground, one) : one);
  return looked;
}

/** What cannot be brought back now stays on record as taken, for the next run to try again. */
async function broughtBack(ground: Ground, item: Received): Promise<Received> {
  if (item.status !== 'taken') return item;
  const brought = await bringBack(ground, item, item.marker);
  if (isBack(brought)) return { ...item, status: 'back', why: 'something referenced it at that moment' };
  return { ...item, why: brought.why };
}
