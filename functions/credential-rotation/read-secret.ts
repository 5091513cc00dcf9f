/** Everything that can be known of one secret without changing it. */
import { describe, RefusalError } from '../runtime/errors.ts';
import type { Tried } from './decide-secret.ts';
import { stuckVersion, waitsForRetirement } from './decide-step.ts';
import type { Credential, Old, Subject, Target } from './kind.ts';
import { openNotes } from './notes.ts';
import type { Described, Secrets } from './secrets.ts';

export type Read = {
  subject: Subject;
  target: Target;
  described: Described;
  tried: Tried | undefined;
  /** What a rotation would change, in order; empty where it was not tried. */
  planned: string[];
  /** The name of its credential; the secret's own where no value may be read. */
  name: string | undefined;
};

type Reading = { run: Subject['run'] & Parameters<typeof openNotes>[0]; entry: Subject['entry']; secrets: Secrets };

/** @param mayRead whether values may be read: not in report mode */
export async function readSecret(
  { run, entry, secrets }: Reading,
  { kind, mayRead }: { kind: (subject: Subject) => Target; mayRead: boolean },
): Promise<Read> {
  const described = await secrets.describe(entry.secretArn);
  const subject = { run, entry, notes: await openNotes(run, entry.secretArn) };
  const target = kind(subject);
  const unread = { subject, target, described, tried: undefined, planned: [], name: undefined };
  if (!mayRead) return unread;
  const current = await heldIn({ target, secrets, described }, described.current);
  const previous = await heldIn({ target, secrets, described }, described.previous);
  const { objection, planned } = await rehearsed(target, current, previous);
  const stuck = stuckVersion(described);
  const pending = stuck === undefined ? undefined : await heldIn({ target, secrets, described }, stuck);
  const uses = current && (await usesOf({ subject, target, secrets, described }, current));
  return {
    ...unread,
    tried: {
      current: await loginOf(target, current),
      ...(stuck !== undefined && { pending: await loginOf(target, pending) }),
      ...(uses && { uses }),
      ...(objection !== undefined && { objection }),
    },
    planned,
    name: current && target.nameOf(current),
  };
}

type Holding = Pick<Read, 'target' | 'described'> & { secrets: Secrets };

/** Undefined for a version that has no value, or one that cannot be used. */
export async function heldIn(
  { target, secrets, described }: Holding,
  versionId: string | undefined,
): Promise<Credential | undefined> {
  const text = versionId && (await secrets.read(described.secretArn, versionId));
  if (!text) return undefined;
  try {
    return target.read(text);
  } catch (error) {
    if (error instanceof RefusalError) return undefined;
    throw error;
  }
}

async function loginOf(target: Target, held: Credential | undefined): Promise<Tried['current']> {
  if (held === undefined) return 'unusable';
  return (await target.logsIn(held)) ? 'works' : 'is wrong';
}

async function rehearsed(target: Target, current: Credential | undefined, previous: Credential | undefined) {
  if (current === undefined) return { planned: [] };
  try {
    return { planned: await target.rehearse(current, previous) };
  } catch (error) {
    return { planned: [], objection: describe(error) };
  }
}

async function usesOf({ subject, target, ...held }: Holding & Pick<Read, 'subject'>, current: Credential) {
  const old = await oldOf({ subject, target, ...held }, current);
  return old && target.uses?.(old);
}

/** The credential that waits to be revoked. Undefined where none does. */
export async function oldOf(
  { subject, target, secrets, described }: Holding & Pick<Read, 'subject'>,
  current: Credential,
): Promise<Old | undefined> {
  const noted = subject.notes.now();
  if (!waitsForRetirement(described, noted) || noted.switched === undefined) return undefined;
  const previous = await heldIn({ target, secrets, described }, described.previous);
  return previous && { previous, current, switchedAt: new Date(noted.switched.at) };
}
