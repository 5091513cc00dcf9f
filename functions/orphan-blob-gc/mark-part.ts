/** Marks some shards for the coordinator that has the lease. It tells nothing: the coordinator does, when it knows of all of them. */
import { RUN } from '../runtime/attempt.ts';
import { RefusalError } from '../runtime/errors.ts';
import type { Result } from '../runtime/invocation.ts';
import { hasLease } from '../runtime/run-state.ts';
import type { Part } from './contract.ts';
import { readCatalogued } from './declared.ts';
import { firstKept } from './kept.ts';
import type { Run } from './mark.ts';
import { markShards, mustBeBelieved, type Task } from './mark-shards.ts';
import { lastOf, type Marking, readMarkings, underWay, wantedBy } from './marking.ts';
import { isOutOfTime } from './out-of-time.ts';
import type { ShardResult } from './shard.ts';
import { storeTime, withSources } from './sources.ts';

/** @throws RefusalError when the coordinator is gone, or as a marking does; what is done by then stays done */
export async function markPart(run: Run, part: Part): Promise<Result> {
  const { marking, last } = await wanted(run, part);
  const done = await firstKept(run, marking, part);
  const span = { from: part.from + done.length, upTo: part.upTo };
  const marked: ShardResult[] = [];
  if (span.from < span.upTo) await markSpan(run, part, { marking, last, span, marked });
  const upTo = span.from + marked.length;
  const because = `It marked a part of ${marking.id} for run ${part.coordinator}, which tells what was found: of the shards from ${part.from} to before ${part.upTo}, those before ${upTo} are done.`;
  return {
    examined: marked.reduce((sum, { tally }) => sum + Math.max(tally.objects, tally.rows), 0),
    outcomes: [],
    // A part is no look at everything, so nobody may take it for one.
    ending: { verdict: 'partial', because },
    settled: true,
  };
}

/**
 * Asked once: the lease outlasts the last part that is handed out, and a shard that is stored late is one that is done, or one of a
 * marking that nobody goes on with.
 * @throws RefusalError where the coordinator has no lease, began its marking with other settings, or asks for shards that are none
 */
async function wanted({ store, stateKey, settings }: Run, { coordinator, upTo }: Part) {
  if (!(await hasLease(store, stateKey(RUN), coordinator)))
    throw new RefusalError(`Run ${coordinator} does not hold the lease, so nothing is marked for it.`);
  const { value = {} } = await readMarkings(store, stateKey('marking.json'));
  const marking = underWay(value, wantedBy(settings), store.now().getTime());
  if (marking === undefined)
    throw new RefusalError(
      'No marking is under way with the settings of this function. Deploy both of its functions anew.',
    );
  // Of a span that goes beyond the last shard, the rows would end before the objects do, and those left over seem to have none.
  if (upTo > marking.shards)
    throw new RefusalError(`part.upTo: got ${upTo}, and this marking has ${marking.shards} shards.`);
  return { marking, last: lastOf(value, marking.of) };
}

type Left = Pick<Task, 'span' | 'last'> & { marking: Marking; marked: ShardResult[] };

function markSpan(run: Run, { lanes }: Part, { marking, span, last, marked }: Left): Promise<void> {
  const task: Task = {
    marking,
    span,
    last,
    // In its own snapshot, against those that the coordinator counted and believed.
    believe: (counted) => mustBeBelieved(run, { counted, before: [marking.references] }),
    done: async (_finished, result) => {
      marked.push(result);
    },
  };
  return withSources(
    run,
    async (sources) => {
      const storeNowMs = await storeTime(sources.objects);
      const session = await sources.sessions.first();
      const declared = await readCatalogued(session, run.settings);
      try {
        await session.transaction(() => markShards(run, task, { ...sources, ...declared, storeNowMs }));
      } catch (error) {
        if (marked.length === 0 || !isOutOfTime(error)) throw error;
      }
    },
    lanes,
  );
}
