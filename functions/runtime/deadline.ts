/** How much time is left, and how much of it is for work: the rest is kept to report, whatever happens. */

/** Storing evidence, announcing and giving the lease back take well under a second; 10 s survive a few throttled retries. */
const REPORT_RESERVE_MS = 10_000;

export type Deadline = {
  /** Milliseconds until the invocation is killed. */
  remainingMs(): number;
  /** Milliseconds until no new work may be begun. Never negative. */
  workMs(): number;
};

export function deadlineOf(context: { getRemainingTimeInMillis(): number }): Deadline {
  const remainingMs = () => context.getRemainingTimeInMillis();
  return { remainingMs, workMs: () => Math.max(0, remainingMs() - REPORT_RESERVE_MS) };
}
