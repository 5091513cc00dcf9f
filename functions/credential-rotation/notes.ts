/** What is remembered of one secret between the steps of a rotation, and between rotations: no values, only times and version ids. */
import { EvidenceError } from '../runtime/errors.ts';
import type { StepRun } from '../runtime/rotation.ts';
import { secretKey } from '../runtime/secret-lease.ts';

export type Noted = {
  /** When the new credential began to be set, and for which version: the window begins here. */
  setting?: { versionId: string; at: string; atMs: number };
  /** When AWSCURRENT moved, by the store's clock, and from which version. */
  switched?: { versionId: string; from: string; at: string };
  /** The last version of which consumers were told. */
  toldOf?: string;
  /** The last version that was revoked, and then proved dead. */
  retired?: string;
  /** When the other side rejected a new credential. */
  rejectedAt?: string[];
  /** What a kind wants to remember of its own. */
  own?: Record<string, unknown>;
};

/** Of a secret whose notes are another function's. */
export const NOTHING_NOTED: Noted = {};

export type Notes = {
  /** As they were read, with what was written since. */
  now(): Noted;
  /** @throws EvidenceError where they cannot be written: then nothing may be done that they should tell of */
  write(change: Partial<Noted>): Promise<void>;
};

/** To be opened by whoever has the secret's lease, so that nobody else writes them. */
export async function openNotes(run: Pick<StepRun<unknown>, 'store' | 'stateKey'>, secretArn: string): Promise<Notes> {
  const key = secretKey(run, secretArn, 'notes');
  let seen = await run.store.readJson<Noted>(key);
  return {
    now: () => seen.value ?? {},
    write: async (change) => {
      const written = await run.store.writeJson<Noted>(key, { ...seen.value, ...change }, seen);
      if (written === undefined) throw new EvidenceError(`${key} was changed by another run.`);
      seen = written;
    },
  };
}
