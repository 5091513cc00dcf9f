/** How near an end is, in steps that are worth telling somebody about. Pure. */
import type { Severity } from '../runtime/contract.ts';

export const DAY_MS = 86_400_000;

/**
 * From 2029-03-15 no public certificate may live longer (CA/Browser Forum, ballot SC-081v3); such a one would be on a ladder of 30
 * days for most of its life, so what counts is the share of its life that is left.
 */
const SHORT_LIFE_MS = 47 * DAY_MS;
/** Let’s Encrypt asks its clients to renew with a third of the life left: below that it is late, below half of that something is wrong. */
const SHARES: { below: number; severity: Severity }[] = [
  { below: 1 / 3, severity: 'warning' },
  { below: 1 / 6, severity: 'critical' },
];

/** `step` grows as the end comes nearer; the step of what is over is the highest. */
export type Rung = { step: number; severity: Severity };

/** Times are milliseconds since 1970. `lifeMs` is set for what may be short-lived: a server's own certificate. */
type Span = { until: number; now: number; ladderDays: number[]; lifeMs?: number | undefined };

/** Undefined where the end is still further away than the first step. */
export function rungOf({ until, now, ladderDays, lifeMs }: Span): Rung | undefined {
  const leftMs = until - now;
  const steps = lifeMs !== undefined && lifeMs <= SHORT_LIFE_MS ? sharesOf(lifeMs) : rungsOf(ladderDays);
  if (leftMs < 0) return { step: steps.length + 1, severity: 'critical' };
  const crossed = steps.filter(({ belowMs }) => leftMs < belowMs);
  const last = crossed.at(-1);
  return last && { step: crossed.length, severity: last.severity };
}

/** The last step of several is critical. A ladder of one step is somebody's wish to be told once. */
function rungsOf(ladderDays: number[]) {
  return ladderDays.map((days, index) => {
    const isLast = index > 0 && index === ladderDays.length - 1;
    const severity: Severity = isLast ? 'critical' : 'warning';
    return { belowMs: days * DAY_MS, severity };
  });
}

function sharesOf(lifeMs: number) {
  return SHARES.map(({ below, severity }) => ({ belowMs: below * lifeMs, severity }));
}

/** Days and tenths of them, rounded down, so that nothing is said to live longer than it does. */
export function daysBetween(from: number, to: number): number {
  return Math.floor(((to - from) / DAY_MS) * 10) / 10;
}
