/**
 * Which shards of a marking are done: those whose result is stored, under the name of the marking and not of the run that marked them.
 * So a shard that is done stays done, whoever did it and whatever became of him.
 */
import type { Invocation } from '../runtime/invocation.ts';
import type { FinishedShard, Marking } from './marking.ts';
import type { ShardResult } from './shard.ts';
import { type Span, shardName } from './shards.ts';

/** A shard's result, and where its candidates are. */
export type Kept = ShardResult & { manifest: string };

type Done = { finished: FinishedShard; kept: Kept };
type Named = Pick<Marking, 'id' | 'shards'>;
type Keeper = Pick<Invocation<unknown, unknown>, 'runbook' | 'store'>;

/** A marking's name begins with the day on which it was begun. */
function resultKey(runbook: string, { id, shards }: Named, shard: number): string {
  const day = `${id.slice(0, 4)}/${id.slice(4, 6)}/${id.slice(6, 8)}`;
  return `reports/${runbook}/${day}/${id}.shard-${shardName(shard, shards)}.json`;
}

/** Whoever was first counts: two may mark the same shard, and either is right. @throws EvidenceError where neither can be stored */
export async function keep(keeper: Keeper, marking: Named, kept: Kept): Promise<Done> {
  const { shard, manifest } = kept;
  const result = resultKey(keeper.runbook, marking, shard);
  try {
    await keeper.store.create(result, JSON.stringify(kept));
    return { finished: { shard, manifest, result }, kept };
  } catch (error) {
    const there = await keptShard(keeper, marking, shard);
    if (there === undefined) throw error;
    return there;
  }
}

/** Undefined where it is not done. */
async function keptShard({ runbook, store }: Keeper, marking: Named, shard: number): Promise<Done | undefined> {
  const result = resultKey(runbook, marking, shard);
  const { value } = await store.readJson<Kept>(result);
  return value && { finished: { shard, manifest: value.manifest, result }, kept: value };
}

/** Those at the beginning of a span, up to the first that is not done. */
export async function firstKept(keeper: Keeper, marking: Named, { from, upTo }: Span): Promise<FinishedShard[]> {
  const done: FinishedShard[] = [];
  for (let shard = from; shard < upTo; shard += 1) {
    const one = await keptShard(keeper, marking, shard);
    if (one === undefined) break;
    done.push(one.finished);
  }
  return done;
}

/** How many results are asked for at once. */
const AT_ONCE = 16;

/** Those of these shards that are done, in their order. */
export async function allKept(keeper: Keeper, marking: Named, shards: number[]) {
  const done: Done[] = [];
  for (let at = 0; at < shards.length; at += AT_ONCE) {
    const some = shards.slice(at, at + AT_ONCE).map((shard) => keptShard(keeper, marking, shard));
    done.push(...(await Promise.all(some)).filter((one) => one !== undefined));
  }
  return done;
}
