/** What is remembered from night to night, in one object: what each source remembers, and what was last verified of each dump. */
import type { Restored } from '../restore/restore.ts';
import type { Rows } from '../restored/rows.ts';
import { EvidenceError } from '../runtime/errors.ts';
import type { Invocation } from '../runtime/invocation.ts';

/** A dump that was found in order. */
export type VerifiedDump = {
  key: string;
  /** When it was stored, and when we had verified it (ISO 8601). */
  madeAt: string;
  verifiedAt: string;
  tables: Rows[];
};

/** How often, and the first of each class. */
export type Found = Pick<Restored, 'counts' | 'problems'>;

/** A restore that one invocation could not finish; the scratch database stays until it is done. */
export type Going = {
  source: string;
  key: string;
  etag: string;
  scratch: string;
  /** The archive's entries that are restored already. */
  entries: number[];
  /** What PostgreSQL has had against it so far; an entry that is skipped from now on is not complained of again. */
  found: Found;
  /** How long the invocations so far have restored. */
  spentMs: number;
  startedAt: string;
};

export type Memory = {
  sources: Record<string, unknown>;
  dumps: Record<string, VerifiedDump>;
  /** By source: how fast it was restored the last time, in bytes of the dump as it is inside. */
  bytesPerSecond: Record<string, number>;
  going?: Going | undefined;
};

/** The object, open for one run. */
export type Notebook = {
  /** As it is on record now. */
  memory(): Memory;
  /** @throws EvidenceError when it cannot be written, or somebody else has */
  write(memory: Memory): Promise<void>;
};

const NAME = 'memory.json';
const NOTHING: Memory = { sources: {}, dumps: {}, bytesPerSecond: {} };

/** @throws EvidenceError when it cannot be read */
export async function openNotebook({
  store,
  stateKey,
}: Pick<Invocation<unknown, unknown>, 'store' | 'stateKey'>): Promise<Notebook> {
  let seen = await store.readJson<Memory>(stateKey(NAME));
  return {
    memory: () => seen.value ?? NOTHING,
    write: async (memory) => {
      const written = await store.writeJson(stateKey(NAME), memory, seen);
      if (written === undefined)
        throw new EvidenceError('What backup-verification remembers was changed by another run.');
      seen = written;
    },
  };
}
