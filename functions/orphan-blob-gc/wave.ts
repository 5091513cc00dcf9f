/** Some blobs at a time: looked at again, put on record, taken away, looked at once more. The only forward act of this runbook. */
import type { Outcome } from '../runtime/report.ts';
import { deleteRows } from './blob-rows.ts';
import { bringRowBack } from './bring-back.ts';
import type { Ground } from './ground.ts';
import { inLanes } from './lanes.ts';
import { lookAgain } from './look-again.ts';
import type { Candidate } from './manifest.ts';
import { lookOnceMore } from './settle.ts';
import { changeSweep, type Item, type Received, recordTaken, storeIntent, storeReceipt, takenOf } from './taken.ts';

/** Longer than one object takes, with the SDK's own patience, and what follows for those that were taken. */
const ACT_MS = 10_000;

/** `erasedAfterDays`: when the bucket’s own rule erases what is quarantined now; undefined where none does, or settings do not ask. */
type Asked = { marking: string; candidates: Candidate[]; erasedAfterDays: number | undefined };

/**
 * Takes what may be taken, and says so of each blob (F58). Whatever it throws, the wave is on record and open: it is settled by looking.
 * @throws EvidenceError before anything is taken, where that cannot be put on record (F17)
 */
export async function takeWave(ground: Ground, asked: Asked): Promise<Outcome[]> {
  const { marking, candidates, erasedAfterDays } = asked;
  const { items, spared } = await lookAgain(ground, candidates);
  const skipped = spared.map(({ item, why }) => outcomeOf({ item, status: 'skipped', error: why }));
  if (ground.run.mode === 'report')
    return [...skipped, ...items.map((item) => outcomeOf({ item, erasedAfterDays, status: 'planned' }))];
  const wave = await open(ground, { marking, items, after: candidates.at(-1)?.key ?? '' });
  const deleted = await deleteRows(ground.session, ground.mapped, items);
  const taken = await inLanes(items, ground.run.settings.policy.requestsPerSecond, (item) =>
    take(ground, item, deleted),
  );
  const received = await lookOnceMore(ground, taken);
  for (const item of received) if (item.status === 'kept' && deleted.has(item.hash)) await bringRowBack(ground, item);
  await close(ground, { wave, received });
  return [...skipped, ...received.map((item) => toOutcome(item, erasedAfterDays))];
}

/** The intent first: a wave that is on record and has none could never be settled. */
async function open(ground: Ground, { marking, items, after }: { marking: string; items: Item[]; after: string }) {
  const { run, taken, storeNowMs } = ground;
  const known = takenOf(taken);
  const fresh = {
    runId: run.runId,
    at: new Date(storeNowMs).toISOString(),
    base: run.evidenceKey('').replace(/\.$/, ''),
    waves: 0,
    open: [],
  };
  const sweep = known.sweeps.find(({ runId }) => runId === run.runId) ?? fresh;
  const wave = sweep.waves;
  await storeIntent(run.store, sweep, { wave, items });
  const sweeps = [...known.sweeps.filter((one) => one !== sweep), { ...sweep, waves: wave + 1, open: [wave] }];
  await recordTaken(taken, { ...known, marking, after, sweeps });
  return wave;
}

async function close({ run, taken }: Ground, { wave, received }: { wave: number; received: Received[] }) {
  const known = takenOf(taken);
  const sweep = known.sweeps.find(({ runId }) => runId === run.runId);
  if (sweep === undefined) throw new Error(`the sweep ${run.runId} is not on its own record`);
  await storeReceipt(run.store, sweep, { wave, received });
  await recordTaken(
    taken,
    changeSweep(known, run.runId, (one) => ({ ...one, open: [] })),
  );
}

async function take({ run, store }: Ground, item: Item, deleted: Set<string>): Promise<Received> {
  const kept = (why: string): Received => ({ ...item, status: 'kept', why });
  if (item.row !== undefined && !deleted.has(item.hash)) return kept('its row changed, or something references it now');
  if (run.deadline.workMs() < ACT_MS) return kept('time ran out before its turn');
  const taken = await store.quarantine.take(item);
  if (taken.kind === 'kept') return kept(taken.why);
  return { ...item, status: 'taken', ...(taken.marker !== undefined && { marker: taken.marker }) };
}

function toOutcome(item: Received, erasedAfterDays: number | undefined): Outcome {
  if (item.status === 'taken' && item.why === undefined) return outcomeOf({ item, erasedAfterDays, status: 'done' });
  return outcomeOf({ item, status: item.status === 'taken' ? 'failed' : 'skipped', error: item.why });
}

type Told = {
  item: Candidate;
  status: Outcome['status'];
  error?: string | undefined;
  erasedAfterDays?: number | undefined;
};

function outcomeOf({ item, status, error, erasedAfterDays }: Told): Outcome {
  const { key, kind, markedAt } = item;
  const erased = erasedAfterDays === undefined ? '' : `; its space comes back in ${erasedAfterDays} days`;
  const why = `${kind}, marked since ${markedAt}${erased}`;
  return { target: key, action: 'quarantine', why, status, ...(error !== undefined && { error }) };
}
