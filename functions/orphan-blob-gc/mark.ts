/** Marks: one look at everything, shard by shard, that changes nothing but what we remember. */
import type { Invocation, Result } from '../runtime/invocation.ts';
import type { Seen } from '../runtime/store.ts';
import { concludeMarking } from './conclude-marking.ts';
import type { Input, Settings } from './contract.ts';
import { readDeclared } from './declared.ts';
import { firstKept } from './kept.ts';
import { type Marker, markShards, mustBeBelieved, type Task } from './mark-shards.ts';
import {
  isComplete,
  lastOf,
  type Marking,
  type Markings,
  readMarkings,
  record,
  underWay,
  wantedBy,
} from './marking.ts';
import { isOutOfTime } from './out-of-time.ts';
import type { ShardResult } from './shard.ts';
import { type Sources, withSources } from './sources.ts';
import { lookAround } from './surroundings.ts';

export type Run = Invocation<Settings, Input>;

/** Grows with each shard that is on record, also where the run then ends. */
export type Progress = {
  seen: Seen<Markings>;
  marking: Marking;
  /** The marking that counts until this one is complete. */
  last: Marking | undefined;
  /** Of the last shards of the marking: those that this run has marked. */
  results: ShardResult[];
  /** How many shards took how long. */
  pace: { shards: number; seconds: number };
};

/** @throws RefusalError when anything cannot be read or is not what settings say; the marking before goes on to count (F57) */
export function mark(run: Run): Promise<Result> {
  return withSources(run, async (sources) => {
    const around = await lookAround(sources.objects, run.settings, sources.pace);
    return concludeMarking(run, { around, ...(await markAll(run, { ...sources, storeNowMs: around.storeNowMs })) });
  });
}

async function markAll(run: Run, where: Sources & { storeNowMs: number }): Promise<Progress> {
  const session = await where.sessions.first();
  const declared = await readDeclared({ session, ...where }, run.settings);
  const progress = await takeUp(run, where.storeNowMs);
  if (isComplete(progress.marking)) return progress;
  try {
    await session.transaction(() => markShards(run, taskOf(run, progress), { ...where, ...declared }));
  } catch (error) {
    // What is on record by now stays; the rest is the next run’s.
    if (progress.results.length === 0 || !isOutOfTime(error)) throw error;
  }
  return progress;
}

type Beginner = Marker & Pick<Run, 'stateKey' | 'runId'>;

/** Goes on with the marking that is under way, or begins one. */
export async function takeUp(run: Beginner, storeNowMs: number): Promise<Progress> {
  const { store, stateKey, settings, runId } = run;
  const seen = await readMarkings(store, stateKey('marking.json'));
  const wanted = wantedBy(settings);
  const begunAt = new Date(storeNowMs).toISOString();
  const known = seen.value ?? {};
  const last = lastOf(known, wanted.of);
  const nothing = { last, results: [], pace: { shards: 0, seconds: 0 } };
  const found = underWay(known, wanted, storeNowMs);
  if (found === undefined)
    return { seen, marking: { id: runId, begunAt, ...wanted, references: {}, finished: [] }, ...nothing };
  // Done, and not on record: by a run that died in between, or by one that did not mark the shards in their order.
  const more = await firstKept(run, found, { from: found.finished.length, upTo: found.shards });
  const marking = { ...found, finished: [...found.finished, ...more] };
  const key = stateKey('marking.json');
  return { seen: more.length === 0 ? seen : await record(store, { key, seen, marking }), marking, ...nothing };
}

function taskOf(run: Run, progress: Progress): Task {
  const { store, stateKey, settings, input } = run;
  const beganMs = performance.now();
  const { marking, last } = progress;
  return {
    marking,
    span: { from: marking.finished.length, upTo: settings.shards },
    last,
    believe: (counted) => {
      const before = [last?.references, marking.references];
      mustBeBelieved(run, { counted, before, mayBeFewer: input.acceptFewerReferences });
      progress.marking = { ...progress.marking, references: counted };
    },
    done: async (finished, result) => {
      const next = { ...progress.marking, finished: [...progress.marking.finished, finished] };
      const key = stateKey('marking.json');
      progress.seen = await record(store, { key, seen: progress.seen, marking: next });
      progress.marking = next;
      progress.results.push(result);
      progress.pace = { shards: progress.results.length, seconds: (performance.now() - beganMs) / 1000 };
    },
  };
}
