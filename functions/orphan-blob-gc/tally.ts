/** What a shard, or all of them, add up to: small whatever their number of blobs. Written as JSON between two runs. */

import type { Verdict } from './decide.ts';
import type { Detail, Kind } from './detail.ts';
import type { Candidate } from './manifest.ts';

type Amount = Detail['due'];
/** How many, and the first few of them. */
export type Examples = Amount & { first: string[] };

export type Tally = {
  rows: number;
  objects: number;
  bytes: number;
  verdicts: Partial<Record<Verdict, Examples>>;
  ages: Detail['ages'];
  prefixes: Record<string, Amount>;
  due: Amount;
  largest: Detail['largest'];
  /** Keys that the template does not make. */
  strangers: Examples;
  /** Rows whose `ref_count` is not what references them. */
  countsOtherwise: Examples;
};

const FROM_DAYS = [0, 7, 30, 90, 365];
const KINDS: Kind[] = ['no row', 'row unreferenced'];
const EXAMPLES = 5;
const LARGEST = 20;
const DAY_MS = 86_400_000;

export function newTally(): Tally {
  return {
    rows: 0,
    objects: 0,
    bytes: 0,
    verdicts: {},
    ages: FROM_DAYS.flatMap((fromDays) => KINDS.map((kind) => ({ fromDays, kind, objects: 0, bytes: 0 }))),
    prefixes: {},
    due: { objects: 0, bytes: 0 },
    largest: [],
    strangers: newExamples(),
    countsOtherwise: newExamples(),
  };
}

export function newExamples(): Examples {
  return { objects: 0, bytes: 0, first: [] };
}

export function addExample(to: Examples, name: string, bytes: number): void {
  to.objects += 1;
  to.bytes += bytes;
  if (to.first.length < EXAMPLES) to.first.push(name);
}

export function addVerdict(tally: Tally, verdict: Verdict, { name, bytes }: { name: string; bytes: number }): void {
  const known = tally.verdicts[verdict] ?? newExamples();
  tally.verdicts[verdict] = known;
  addExample(known, name, bytes);
}

type At = { prefix: string; nowMs: number; graceDays: number };

export function addCandidate(tally: Tally, candidate: Candidate, { prefix, nowMs, graceDays }: At): void {
  const { bytes, kind, key, lastModified, markedAt } = candidate;
  const days = (nowMs - Date.parse(lastModified)) / DAY_MS;
  const step = tally.ages.findLast((age) => age.kind === kind && age.fromDays <= days);
  if (step) addAmount(step, { objects: 1, bytes });
  const known = tally.prefixes[prefix] ?? { objects: 0, bytes: 0 };
  tally.prefixes[prefix] = known;
  addAmount(known, { objects: 1, bytes });
  if (nowMs - Date.parse(markedAt) >= graceDays * DAY_MS) addAmount(tally.due, { objects: 1, bytes });
  if (tally.largest.length === LARGEST && bytes <= (tally.largest.at(-1)?.bytes ?? 0)) return;
  tally.largest = largestOf([...tally.largest, { key, bytes, kind, lastModified, markedAt }]);
}

function addAmount(to: Amount, { objects, bytes }: Amount): void {
  to.objects += objects;
  to.bytes += bytes;
}

function largestOf(candidates: Detail['largest']): Detail['largest'] {
  return candidates.toSorted((a, b) => b.bytes - a.bytes).slice(0, LARGEST);
}

export function sumOf(tallies: Tally[]): Tally {
  const sum = newTally();
  for (const tally of tallies) addTally(sum, tally);
  return sum;
}

function addTally(sum: Tally, tally: Tally): void {
  sum.rows += tally.rows;
  sum.objects += tally.objects;
  sum.bytes += tally.bytes;
  for (const [verdict, examples] of Object.entries(tally.verdicts) as [Verdict, Examples][]) {
    sum.verdicts[verdict] = addExamples(sum.verdicts[verdict] ?? newExamples(), examples);
  }
  for (const [index, age] of tally.ages.entries()) addAmount(sum.ages[index] ?? { objects: 0, bytes: 0 }, age);
  for (const [prefix, amount] of Object.entries(tally.prefixes)) {
    sum.prefixes[prefix] ??= { objects: 0, bytes: 0 };
    addAmount(sum.prefixes[prefix], amount);
  }
  addAmount(sum.due, tally.due);
  sum.largest = largestOf([...sum.largest, ...tally.largest]);
  addExamples(sum.strangers, tally.strangers);
  addExamples(sum.countsOtherwise, tally.countsOtherwise);
}

function addExamples(to: Examples, more: Examples): Examples {
  addAmount(to, more);
  to.first = [...to.first, ...more.first].slice(0, EXAMPLES);
  return to;
}
