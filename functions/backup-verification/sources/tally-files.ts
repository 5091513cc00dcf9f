/** Counts how two listings differ, as they are merged, in memory that does not grow with them. Pure. */
import type { Listed } from '../../object-store/listing.ts';
import { type Sample, sampleOf } from './chance.ts';
import { HOUR_MS } from './words.ts';

/** `since` is the earliest of their times, in milliseconds since 1970. */
export type Few = { count: number; some: string[]; since: number };

type Pair = { key: string; copy: Listed; original: Listed };

export type Tally = {
  copies: { count: number; bytes: number; newest: number };
  originals: { count: number; bytes: number; newest: number };
  /** Older than the newest of the copy, and not in it. */
  missing: Few;
  /** Newer than the newest of the copy: it was not made since. */
  behind: Few;
  /** Too young to have been copied. */
  young: Few;
  /** In the copy only: most often deleted since. */
  extra: number;
  otherSize: Few;
  /** Changed since they were copied, and long enough ago. */
  outOfDate: Few;
  otherClass: Few;
  sample: Pair[];
};

type Rules = {
  /** What is older should have been copied. Asked late: a store's clock is known when it has answered. */
  settled(): number;
  sampleSize: number;
  seed: string;
  storageClass?: string | undefined;
};

const SHOWN = 5;

export function openTally(rules: Rules): {
  visit: (key: string, copy?: Listed, original?: Listed) => void;
  finish(): Tally;
} {
  const side = () => ({ count: 0, bytes: 0, newest: 0 });
  const counts = { copies: side(), originals: side(), extra: 0 };
  const few = { young: none(), otherSize: none(), outOfDate: none(), otherClass: none() };
  /** By the hour, because whether they are missing or the copy is behind is known only when all of it was seen. */
  const absent = new Map<number, Few>();
  const sample = sampleOf<Pair>(rules.sampleSize, rules.seed);
  return {
    visit: (key, copy, original) => {
      if (copy !== undefined) count(counts.copies, copy);
      if (original !== undefined) count(counts.originals, original);
      if (copy !== undefined && rules.storageClass !== undefined && copy.storageClass !== rules.storageClass)
        take(few.otherClass, key, copy.lastModified);
      if (copy === undefined && original !== undefined)
        takeAbsent(absent, few.young, { key, at: original.lastModified, rules });
      else if (original === undefined) counts.extra += 1;
      else if (copy !== undefined) compare({ key, copy, original }, { few, sample, rules });
    },
    finish: () => ({ ...counts, ...few, ...split(absent, counts.copies.newest), sample: sample.chosen() }),
  };
}

function none(): Few {
  return { count: 0, some: [], since: Number.POSITIVE_INFINITY };
}

function take(few: Few, key: string, at: number): void {
  few.count += 1;
  few.since = Math.min(few.since, at);
  if (few.some.length < SHOWN) few.some.push(key);
}

function count(side: { count: number; bytes: number; newest: number }, { bytes, lastModified }: Listed): void {
  side.count += 1;
  side.bytes += bytes;
  side.newest = Math.max(side.newest, lastModified);
}

function takeAbsent(
  absent: Map<number, Few>,
  young: Few,
  { key, at, rules }: { key: string; at: number; rules: Rules },
) {
  if (at > rules.settled()) return take(young, key, at);
  const hour = Math.floor(at / HOUR_MS);
  const few = absent.get(hour) ?? none();
  absent.set(hour, few);
  take(few, key, at);
}

type Into = { few: Pick<Tally, 'otherSize' | 'outOfDate'>; sample: Sample<Pair>; rules: Rules };

/** What was changed after it was copied says nothing of the copy. */
function compare(pair: Pair, { few, sample, rules }: Into): void {
  const { key, copy, original } = pair;
  if (original.lastModified > copy.lastModified) {
    if (original.lastModified <= rules.settled()) take(few.outOfDate, key, original.lastModified);
  } else if (original.bytes !== copy.bytes) take(few.otherSize, key, original.lastModified);
  else sample.offer(pair);
}

function split(absent: Map<number, Few>, newest: number): Pick<Tally, 'missing' | 'behind'> {
  const told = { missing: none(), behind: none() };
  for (const [, few] of [...absent].toSorted(([a], [b]) => a - b)) {
    const into = few.since <= newest ? told.missing : told.behind;
    into.count += few.count;
    into.since = Math.min(into.since, few.since);
    into.some.push(...few.some.slice(0, SHOWN - into.some.length));
  }
  return told;
}
