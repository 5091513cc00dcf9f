/**
 * What sweeps have taken away, and how far the candidates have been worked through: one small object, written before each wave of
 * changes, so that whatever dies in the middle of one leaves a trace that the next run can settle (F61).
 */
import { EvidenceError } from '../runtime/errors.ts';
import type { Seen, Store } from '../runtime/store.ts';
import type { Candidate } from './manifest.ts';

/** What is about to be quarantined, with all that is needed to put it back. */
export type Item = Candidate & {
  /** The version that goes out of the way; absent where the bucket kept none when it was uploaded. */
  versionId?: string;
  /** Of the whole object, by algorithm, as it was looked at last; absent where the store keeps none. */
  checksums?: Record<string, string>;
  /** Its row as JSON text, never parsed here: JavaScript would round its large numbers. */
  row?: string;
};

/**
 * `taken`: it waits in quarantine; with `marker`, under the delete marker of that version. `kept`: it is where it was. `back`: it was
 * taken, and brought back.
 */
export type Received = Item & { status: 'taken' | 'kept' | 'back'; marker?: string; why?: string };

/** One run's. `at` is by the blob store's clock; its waves are numbered from 0. */
export type Sweep = {
  runId: string;
  at: string;
  /** What the names of its objects begin with. */
  base: string;
  waves: number;
  /** Those of which nobody has said yet how they ended. */
  open: number[];
  /** So many of its waves were brought back whole by an undoing that time ran out in; the next one goes on from there. */
  undone?: number;
};

export type Taken = {
  /** The marking whose candidates are worked through, and the last key that was. */
  marking?: string;
  after: string;
  /** When somebody last undid a sweep. */
  undoneAt?: string;
  /** The oldest first. */
  sweeps: Sweep[];
};

export type TakenState = { key: string; store: Store; seen: Seen<Taken> };

/** Undoing reaches back as far as this. */
const SWEEPS_KEPT = 400;

export async function readTaken(store: Store, key: string): Promise<TakenState> {
  return { store, key, seen: await store.readJson<Taken>(key) };
}

export function takenOf({ seen }: TakenState): Taken {
  return seen.value ?? { after: '', sweeps: [] };
}

/** @throws EvidenceError when it cannot be written, and then nothing may be taken */
export async function recordTaken(state: TakenState, next: Taken): Promise<void> {
  const kept = { ...next, sweeps: next.sweeps.slice(-SWEEPS_KEPT) };
  const written = await state.store.writeJson(state.key, kept, state.seen);
  if (written === undefined) throw new EvidenceError(`${state.key} was changed by another run.`);
  state.seen = written;
}

export function changeSweep(taken: Taken, runId: string, change: (sweep: Sweep) => Sweep): Taken {
  return { ...taken, sweeps: taken.sweeps.map((sweep) => (sweep.runId === runId ? change(sweep) : sweep)) };
}

const intentKey = ({ base }: Sweep, wave: number) => `${base}.wave-${wave}.jsonl`;
const receiptKey = ({ base }: Sweep, wave: number) => `${base}.wave-${wave}.received.jsonl`;

/** Before anything of the wave is done. @throws EvidenceError, and then nothing may be */
export function storeIntent(
  store: Store,
  sweep: Sweep,
  { wave, items }: { wave: number; items: Item[] },
): Promise<void> {
  return store.create(intentKey(sweep, wave), linesOf(items));
}

/** @throws EvidenceError when it is gone */
export async function readIntent(store: Store, sweep: Sweep, wave: number): Promise<Item[]> {
  const items = await readLines<Item>(store, intentKey(sweep, wave));
  if (items === undefined) throw new EvidenceError(`${intentKey(sweep, wave)} is gone from the evidence bucket.`);
  return items;
}

/** How the wave ended, once that is known of every item. */
export function storeReceipt(
  store: Store,
  sweep: Sweep,
  { wave, received }: { wave: number; received: Received[] },
): Promise<void> {
  return store.create(receiptKey(sweep, wave), linesOf(received));
}

/** Undefined where nobody knows yet. */
export function readReceipt(store: Store, sweep: Sweep, wave: number): Promise<Received[] | undefined> {
  return readLines<Received>(store, receiptKey(sweep, wave));
}

function linesOf(items: object[]): string {
  return items.map((item) => `${JSON.stringify(item)}\n`).join('');
}

async function readLines<Line>(store: Store, key: string): Promise<Line[] | undefined> {
  const text = await store.readText(key);
  return text
    ?.split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Line);
}
