/** Judges whether a step of a rotation is to be done, is done already, or must not be. Pure. */
import type { Noted } from './notes.ts';
import type { Described } from './secrets.ts';

export type Judged = { is: 'due' } | { is: 'done' } | { is: 'refused'; because: string };

const DUE: Judged = { is: 'due' };
const DONE: Judged = { is: 'done' };
const refused = (because: string): Judged => ({ is: 'refused', because });

const DAY_MS = 86_400_000;
/** After so many fresh credentials in a day, the fault is not in the credentials (F33). */
const MAX_REJECTED_A_DAY = 3;

type Facts = { described: Described; token: string; hasValue: boolean };

/** @param overlaps whether two credentials of this kind can live beside each other */
export function judgeCreation(
  facts: Facts,
  { noted, now, overlaps }: { noted: Noted; now: Date; overlaps: boolean },
): Judged {
  const { described, token, hasValue } = facts;
  const known = judgeVersion(facts);
  if (known) return known;
  if (hasValue) return DONE;
  const stuck = stuckVersion(described);
  if (stuck !== undefined && stuck !== token) {
    return refused(
      `Another rotation, to version ${stuck}, has come half-way. The next daily run mends that, or {"mode": "enforce"} by hand.`,
    );
  }
  if (overlaps && waitsForRetirement(described, noted)) {
    return refused(
      `The credential before the current one, of version ${noted.switched?.from}, is not revoked yet: a new one would take its place while somebody may still use it. It is revoked when its overlap is over, or by {"retire": "now"}.`,
    );
  }
  const rejected = (noted.rejectedAt ?? []).filter((at) => now.getTime() - new Date(at).getTime() < DAY_MS);
  if (rejected.length >= MAX_REJECTED_A_DAY) {
    return refused(
      `${rejected.length} fresh credentials were rejected within a day. Look at the other side’s rules for them.`,
    );
  }
  return DUE;
}

/** For the steps after the first: there is no turning back, so neither mode nor halt nor time of day matters (F45). */
export function judgeContinuation(facts: Facts): Judged {
  const known = judgeVersion(facts);
  if (known) return known;
  if (!facts.hasValue) return refused('The pending version has no value: createSecret was not done.');
  const stuck = stuckVersion(facts.described);
  if (stuck !== facts.token) return refused(`AWSPENDING is on ${stuck ?? 'no version'}, not on ${facts.token}.`);
  return DUE;
}

function judgeVersion({ described, token }: Facts): Judged | undefined {
  if (described.current === undefined) return refused('The secret has no current version.');
  const stages = described.versions.get(token);
  if (stages === undefined) return refused(`The secret has no version ${token}.`);
  return stages.includes('AWSCURRENT') ? DONE : undefined;
}

/** The version that a rotation has begun and not finished. */
export function stuckVersion({ pending, current }: Described): string | undefined {
  return pending === current ? undefined : pending;
}

/** Also after the overlap, where a session or a consumer has delayed it (F43, F44). */
export function waitsForRetirement({ current, previous }: Described, { switched, retired }: Noted): boolean {
  return switched !== undefined && switched.versionId === current && switched.from === previous && retired !== previous;
}
