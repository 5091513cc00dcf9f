/**
 * What a runbook knew about each target at the end of its last run: a sorted, gzipped manifest with a line per target, merged
 * with this run's sorted targets. It is how a finding is announced when it appears, worsens or clears, and not every night.
 */
import { describe, EvidenceError } from './errors.ts';
import { compareBytes, mustAscend } from './order.ts';
import type { Store } from './store.ts';

/** `rank` grows as the finding worsens. `memo` is what the runbook itself wants to remember of the target. */
export type Entry = { target: string; rank: number; memo?: string };

export type Ledger = {
  /** Whether what is loaded ends before this target, so that `load` must be awaited before `take`. */
  behind(target: string): boolean;
  load(): Promise<void>;
  /** The entry of this target, if it has one. Targets must ascend; entries passed over on the way are handed to `onGone`. */
  take(target: string): Entry | undefined;
  /** Passes over all that is left. */
  finish(): Promise<void>;
  /** The version that was read, to be replaced by this run's. */
  etag: string | undefined;
};

/** Where there is no ledger yet, nothing was known. */
export async function openLedger(store: Store, key: string, onGone: (entry: Entry) => void): Promise<Ledger> {
  const opened = await store.openLines(key);
  const lines = opened.lines[Symbol.asyncIterator]();
  const ascends = mustAscend(`The ledger ${key}`);
  let loaded: Entry[] = [];
  let next = 0;
  let atEnd = false;
  const passOver = (isGone: (entry: Entry) => boolean) => {
    for (let entry = loaded[next]; entry !== undefined && isGone(entry); entry = loaded[++next]) onGone(entry);
  };
  const load = async () => {
    passOver(() => true);
    const read = await lines.next();
    atEnd = read.done === true;
    loaded = (read.value ?? []).map((line: string) => entryOf(key, line));
    for (const entry of loaded) ascends(entry.target);
    next = 0;
  };
  return {
    etag: opened.etag,
    behind: (target) => {
      const last = loaded.at(-1);
      return !atEnd && (last === undefined || compareBytes(last.target, target) < 0);
    },
    load,
    take: (target) => {
      passOver((entry) => compareBytes(entry.target, target) < 0);
      return loaded[next]?.target === target ? loaded[next++] : undefined;
    },
    finish: async () => {
      while (!atEnd) await load();
      passOver(() => true);
    },
  };
}

function entryOf(key: string, line: string): Entry {
  try {
    return JSON.parse(line) as Entry;
  } catch (error) {
    throw new EvidenceError(`The ledger ${key} is damaged: ${describe(error)}`, { cause: error });
  }
}
