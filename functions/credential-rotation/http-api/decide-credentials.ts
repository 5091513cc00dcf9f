/** Judges which of an API client's credentials may go before a new one is made, and whether one may be made at all. Pure. */
import type { Grants, Listed, Listing } from './api.ts';

/** What is remembered of a secret's credentials between attempts: ids, which are no secret. */
export type Made = {
  /** Put on record before one is asked for: which there were, and when, by the API's clock. Absent once the answer is on record. */
  making?: { before: string[]; at: string };
  /** The last one that we made, as the API answered, as long as nobody is known to have stored it. */
  fresh?: string;
  /** Those that we made and that were stored. */
  made: string[];
};

type Facts = {
  listing: Listing;
  /** Tokens of the versions that are stored. */
  current: string;
  previous: string | undefined;
  record: Made;
  /** Whether the one before the current one is still to be revoked: then a new one is not due, and it is not in the way. */
  overlaps: boolean;
};

export type Judged = { is: 'refused'; because: string } | { is: 'clear'; remove: Listed[] };

/**
 * A request is given up after 15 s, and is sent at most 60 s after the list that is on record; the rest is for clocks within the API
 * that are not quite the same. What was made later than this was made by somebody else.
 */
const MADE_WITHIN_MS = 180_000;

const refused = (because: string): Judged => ({ is: 'refused', because });

/** Nobody's credential is touched that is not certainly ours, and there are never three (F42). */
export function judgeCredentials(facts: Facts): Judged {
  const { listing, current, previous, overlaps } = facts;
  const own = listing.credentials.find(({ token }) => token === current);
  if (!own?.isActive) return refused('The API does not list the current credential among its client’s active ones.');
  if (!own.mayDeactivate)
    return refused('The API client may not deactivate its own credentials, so the old one could not be revoked.');
  const others = listing.credentials.filter((one) => one !== own);
  const remove = others.filter((one) => isSpent(one, facts) || isLost(one, facts));
  const active = others.filter((one) => one.isActive && !remove.includes(one));
  const strangers = active.filter(({ token }) => token !== previous);
  if (strangers.length > 0)
    return refused(
      `The API client has active credentials that neither the current version of the secret nor the one before holds: ${idsOf(strangers)}. If nobody uses them, deactivate them; each secret needs an API client of its own.`,
    );
  if (active.length > 0 && !overlaps)
    return refused(
      `The credential before the current one is active (${idsOf(active)}), and a third is never made. If nobody uses it, deactivate it.`,
    );
  return { is: 'clear', remove };
}

/** Ours by the API's own answer, and either never stored, so that nobody can have it, or revoked already. */
function isSpent({ id, token, isActive }: Listed, { previous, record }: Facts): boolean {
  if (record.fresh === id && token !== previous) return true;
  return !isActive && [record.fresh, ...record.made].includes(id);
}

/**
 * The one that an attempt asked for without living to read the answer: not there before, made within the time of that request, the
 * only such, and nobody has written anything about it. Nobody can be using it: its secret was told once, to an attempt that is gone.
 */
function isLost(one: Listed, { listing, current, previous, record }: Facts): boolean {
  const { making, fresh, made } = record;
  if (making === undefined) return false;
  const isKnown = ({ id, token }: Listed) => [...making.before, fresh, ...made].includes(id) || token === current;
  const since = listing.credentials.filter((other) => !isKnown(other) && other.token !== previous);
  const lateMs = one.createdAt.getTime() - new Date(making.at).getTime();
  return since.length === 1 && since[0] === one && lateMs <= MADE_WITHIN_MS && one.description === '';
}

function idsOf(credentials: Listed[]): string {
  return credentials.map(({ id }) => id).join(', ');
}

/** What the one may that the other may not in the same way. */
export function missing(grants: Grants, against: Grants): string[] {
  return [...against].filter(([what, how]) => grants.get(what) !== how).map(([what, how]) => `${what}: ${how}`);
}
