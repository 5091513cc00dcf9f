/** Marks: one look at everything, shard by shard, that changes nothing but what we remember. */
import { type Objects, openObjectStore } from '../object-store/object-store.ts';
import type { Invocation, Result } from '../runtime/invocation.ts';
import { concludeMarking } from './conclude-marking.ts';
import type { Input, Settings } from './contract.ts';
import { readDeclared } from './declared.ts';
import { markShards, type Progress } from './mark-shards.ts';
import { blobsOf, lastOf, type Marking, readMarkings, underWay } from './marking.ts';
import { isOutOfTime } from './out-of-time.ts';
import { openPace, type Pace } from './pace.ts';
import { openSessions } from './sessions.ts';
import { lookAround, type Surroundings } from './surroundings.ts';

export type Run = Invocation<Settings, Input>;

/** @throws RefusalError when anything cannot be read or is not what settings say; the marking before goes on to count (F57) */
export async function mark(run: Run): Promise<Result> {
  const objects = await openObjectStore(run.settings.store);
  try {
    const pace = openPace(run.settings.policy.requestsPerSecond);
    const around = await lookAround(objects, run.settings, pace);
    return await concludeMarking(run, { around, ...(await markAll(run, { objects, pace, around })) });
  } finally {
    objects.close();
  }
}

type Where = { objects: Objects; pace: Pace; around: Surroundings };

async function markAll(run: Run, { objects, pace, around }: Where): Promise<Progress> {
  const sessions = openSessions(run);
  try {
    const session = await sessions.first();
    const declared = await readDeclared({ session, objects, pace }, run.settings);
    const progress = await takeUp(run, around);
    try {
      await session.transaction(() => markShards(run, progress, { sessions, objects, pace, ...declared, around }));
    } catch (error) {
      // What is on record by now stays; the rest is the next run’s.
      if (progress.results.length === 0 || !isOutOfTime(error)) throw error;
    }
    return progress;
  } finally {
    await sessions.close();
  }
}

/** Goes on with the marking that is under way, or begins one. */
async function takeUp({ store, stateKey, settings, runId }: Run, { storeNowMs }: Surroundings): Promise<Progress> {
  const seen = await readMarkings(store, stateKey('marking.json'));
  const of = blobsOf(settings);
  const mapping = JSON.stringify([settings.blobs, settings.references]);
  const wanted = { shards: settings.shards, of, mapping };
  const begunAt = new Date(storeNowMs).toISOString();
  const fresh: Marking = { id: runId, begunAt, ...wanted, references: {}, finished: [] };
  const known = seen.value ?? {};
  const last = lastOf(known, of);
  return { seen, marking: underWay(known, wanted, storeNowMs) ?? fresh, last, results: [], seconds: 0 };
}
