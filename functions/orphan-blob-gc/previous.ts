/** Since when a candidate has been one: from the manifests of the marking that counts, read beside this one in the same order. */
import { compareBytes } from '../runtime/order.ts';
import type { Store } from '../runtime/store.ts';
import { type Cursor, cursorOf } from './cursor.ts';
import { type Candidate, isSame, readManifests } from './manifest.ts';
import type { Marking } from './marking.ts';
import type { Span } from './shards.ts';

export type Previous = {
  /** Undefined where it was none, or another object or row. To be asked in byte order of the keys. */
  markedAt(candidate: Omit<Candidate, 'markedAt'>): Promise<string | undefined>;
};

/** @param span the shards that are marked now */
export function openPrevious(
  store: Store,
  last: Marking | undefined,
  { span, shards }: { span: Span; shards: number },
): Previous {
  const all = last?.finished ?? [];
  // Of another layout, any manifest may hold what is asked for.
  const wanted = last?.shards === shards ? all.filter(({ shard }) => isIn(shard, span)) : all;
  const keys = wanted.map(({ manifest }) => manifest);
  const cursor = cursorOf(readManifests(store, keys), () => {});
  return {
    markedAt: async (candidate) => {
      await passOver(cursor, candidate.key);
      const known = cursor.current();
      return known !== undefined && isSame(known, candidate) ? known.markedAt : undefined;
    },
  };
}

function isIn(shard: number, { from, upTo }: Span): boolean {
  return shard >= from && shard < upTo;
}

/** Up to the first candidate that is not before this key. */
async function passOver(cursor: Cursor<Candidate>, key: string): Promise<void> {
  for (;;) {
    if (cursor.isDry()) await cursor.load();
    const known = cursor.current();
    if (known === undefined || compareBytes(known.key, key) >= 0) return;
    cursor.next();
  }
}
