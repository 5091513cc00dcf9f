/** What is done once for a marking, before any of its shards: everything that could refuse all of it. */
import { readDeclared } from '../declared.ts';
import { allKept } from '../kept.ts';
import { takeUp } from '../mark.ts';
import { mustBeBelieved } from '../mark-shards.ts';
import { isComplete, type Marking, record } from '../marking.ts';
import { countReferences, holdSnapshot } from '../rows.ts';
import { storeTime, withSources } from '../sources.ts';
import type { Coordination } from './run.ts';

/** `unfinished` are shards, in their order. */
export type Prepared = { marking: Pick<Marking, 'id' | 'shards' | 'begunAt'>; unfinished: number[] };

/** @throws RefusalError where a reference is not declared (F55), not spelled as settings say (F53), or far too few are left (F54) */
export function prepare(run: Coordination): Promise<Prepared> {
  const { settings, input, store, stateKey } = run;
  return withSources(run, async ({ objects, pace, sessions }) => {
    const storeNowMs = await storeTime(objects);
    const session = await sessions.first();
    const { bytes } = await readDeclared({ session, objects, pace }, settings);
    const { seen, marking, last } = await takeUp(run, storeNowMs);
    if (isComplete(marking)) return { marking: nameOf(marking), unfinished: [] };
    const references = await session.transaction(async () => {
      await holdSnapshot(session);
      return countReferences(session, settings, bytes);
    });
    const before = [last?.references, marking.references];
    mustBeBelieved(run, { counted: references, before, mayBeFewer: input.acceptFewerReferences });
    await record(store, { key: stateKey('marking.json'), seen, marking: { ...marking, references } });
    return { marking: nameOf(marking), unfinished: await unfinishedOf(run, marking) };
  });
}

function nameOf({ id, shards, begunAt }: Marking): Prepared['marking'] {
  return { id, shards, begunAt };
}

async function unfinishedOf(run: Coordination, marking: Marking): Promise<number[]> {
  const { finished, shards, id } = marking;
  const left = Array.from({ length: shards - finished.length }, (_, index) => finished.length + index);
  if (id === run.runId) return left;
  const done = new Set((await allKept(run, marking, left)).map(({ finished: { shard } }) => shard));
  return left.filter((shard) => !done.has(shard));
}
