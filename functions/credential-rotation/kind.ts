/**
 * What a kind of credential must be able to do. Everything else about a rotation, whose order and whose record keep people from being
 * locked out, is the same for all: `steps.ts`, `look.ts`, `mend.ts`.
 */
import { RefusalError } from '../runtime/errors.ts';
import type { StepRun } from '../runtime/rotation.ts';
import type { RotatedSecret, Telling } from './contract.ts';
import type { Notes } from './notes.ts';

/** Settings of every kind. Without `overlapHours`, two credentials of a kind cannot live beside each other. */
export type KindSettings = Telling & { secrets: RotatedSecret[]; overlapHours?: number };

/** The secret that is being looked at or changed, and the run that does it. */
export type Subject<Settings = KindSettings, Entry = RotatedSecret> = {
  run: Pick<
    StepRun<Settings>,
    'system' | 'settings' | 'deadline' | 'runbook' | 'runId' | 'mode' | 'store' | 'evidenceKey'
  >;
  entry: Entry;
  notes: Notes;
};

/** What one stored version of a secret holds, as JSON. Each kind knows its own fields; those that are none of its are kept. */
export type Credential = Record<string, unknown>;

/** Somebody who still goes by an old credential: a session, a connection, a use on record. */
export type Use = { who: string; since?: Date | undefined };

export type Old = { previous: Credential; current: Credential; switchedAt: Date };

/** Opens what can be done to the credentials of one secret. Nothing is connected before one of its functions is called. */
export type Kind<Settings extends KindSettings, Entry extends RotatedSecret> = (
  subject: Subject<Settings, Entry>,
) => Target;

/** Written as methods, so that each kind may say of what type its own credentials are: it is given only what its `read` returned. */
export type Target = {
  /**
   * Reads a version's text, and holds it against what was deployed.
   * @throws RefusalError naming the field, never its value; also for a user or a host that is not on the list (F39)
   */
  read(text: string): Credential;
  /** What a person calls such a credential: "role app at db.internal". Never a secret. */
  nameOf(held: Credential): string;
  /**
   * Tries what a rotation would do, and undoes it: that it is allowed, and that the other side is as it should be.
   * @param previous what AWSPREVIOUS holds, where it can be used
   * @returns what would change, in order, for a person
   * @throws RefusalError
   */
  rehearse(current: Credential, previous?: Credential): Promise<string[]>;
  /**
   * The credential that comes next. It is stored right afterwards; only where the other side alone can make one does it make one there,
   * and then it first finds and removes what an attempt that died has made (F42): what neither of these two versions holds.
   */
  next(current: Credential, previous?: Credential): Promise<Credential>;
  /**
   * Makes the pending credential work. Twice is once, and what it has begun can be gone on with.
   * @throws RejectedError where the other side does not accept this credential and never will
   */
  set(versions: { pending: Credential; current: Credential; previous?: Credential }): Promise<void>;
  /**
   * Logs in. Only a definite answer counts (F36).
   * @returns false where the other side says that the credential is wrong
   * @throws RefusalError where it cannot be known
   */
  logsIn(held: Credential): Promise<boolean>;
  /**
   * Logs in, does real work, and holds what the credential may do against what the current one may. Changes nothing.
   * @throws RefusalError where it does not work, or may do less
   */
  prove(versions: { pending: Credential; current: Credential }): Promise<void>;
  /** Where two credentials can live: who still goes by the old one, as far as the other side tells. */
  uses?(old: Old): Promise<Use[]>;
  /**
   * Revokes the old one, unless, at that very moment, somebody goes by it; `anyway`, whoever does. Twice is once.
   * @returns who does: where there is somebody and not `anyway`, nothing was revoked
   */
  revoke?(old: Old & { anyway: boolean }): Promise<Use[]>;
};

/** Thrown by `set` where the other side does not accept this credential: the next rotation needs another one. Verdict `refused`. */
export class RejectedError extends RefusalError {}
