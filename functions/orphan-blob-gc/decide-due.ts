/** Judges when a marked blob has waited long enough, and when what was taken is no longer watched over. Pure. */
import type { Policy } from './contract.ts';
import { type Ages, isOld } from './decide.ts';
import type { Candidate } from './manifest.ts';

const DAY_MS = 86_400_000;

type Times = { nowMs: number; undoneAt: string | undefined };

/**
 * Whatever was marked at this time or before it is due; nothing, where a sweep was undone within the grace. Whoever undid it needs that time
 * to find out what went wrong, and the same blobs would else be taken again at the next marking.
 */
export function dueBefore({ graceDays }: Pick<Policy, 'graceDays'>, { nowMs, undoneAt }: Times): number {
  const graceMs = graceDays * DAY_MS;
  if (undoneAt !== undefined && !(nowMs - Date.parse(undoneAt) >= graceMs)) return Number.NEGATIVE_INFINITY;
  return nowMs - graceMs;
}

/** It was so when it was marked; but the minimum age may have been raised since. */
export function isOldEnough({ kind, lastModified, rowCreatedAt }: Candidate, ages: Ages): boolean {
  const { minAgeHours, storeNowMs, databaseNowSeconds } = ages;
  if (!isOld((storeNowMs - Date.parse(lastModified)) / 1000, minAgeHours)) return false;
  return kind === 'no row' || isOld(databaseNowSeconds - (rowCreatedAt ?? Number.NaN), minAgeHours);
}

/** A day more than the grace, so that a daily sweep that begins a little late still looks at all of them. */
export function isWatchedOver(
  { at }: { at: string },
  { graceDays }: Pick<Policy, 'graceDays'>,
  nowMs: number,
): boolean {
  return nowMs - Date.parse(at) <= (graceDays + 1) * DAY_MS;
}
