/** A choice by chance that can be told again: the same seed chooses the same of the same stream. Pure. */
import { createHash } from 'node:crypto';

export type Sample<Item> = { offer(item: Item): void; chosen(): Item[] };

/** Each item offered is as likely as any other to be among the `size` that are chosen, however many there will be. */
export function sampleOf<Item>(size: number, seed: string): Sample<Item> {
  const random = randomFrom(seed);
  const chosen: Item[] = [];
  let offered = 0;
  return {
    offer: (item) => {
      offered += 1;
      const place = chosen.length < size ? chosen.length : Math.floor(random() * offered);
      if (place < size) chosen[place] = item;
    },
    chosen: () => chosen,
  };
}

/** A small generator (mulberry32): nobody's secret depends on it. */
function randomFrom(seed: string): () => number {
  let state = createHash('sha256').update(seed).digest().readUInt32LE(0);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
