/** When a runbook last had a verified run, read from the evidence itself. */
import type { Report } from '../runtime/report.ts';
import type { Store } from '../runtime/store.ts';

/** Runs that ended so looked at nothing, or cannot say what they saw. */
const UNVERIFIED = new Set<Report['verdict']>(['skipped', 'refused', 'failed']);

/**
 * Evidence is filed by day, so the newest is found by going down the calendar from its end; most nights that is the first
 * report looked at.
 * @throws EvidenceError when the evidence cannot be read
 */
export async function lastVerifiedRun(store: Store, runbook: string): Promise<Date | undefined> {
  for await (const key of newestFirst(store, `reports/${runbook}/`)) {
    const report = (await store.readJson<Report>(key)).value;
    if (report && isVerified(report)) return new Date(report.startedAt);
  }
  return undefined;
}

/** A run that did not look at everything, such as a restore, counts nothing: whatever it did, it is not the scheduled one. */
function isVerified({ verdict, metrics }: Report): boolean {
  return !UNVERIFIED.has(verdict) && 'Examined' in metrics;
}

/** A run's id has no dot; whatever else a run stored beside its report is `<runId>.<what>`, and may be JSON as well. */
const REPORT = /\/[^/.]+\.json$/;

/** Years, months and days are folders; names sort by time. */
async function* newestFirst(store: Store, prefix: string): AsyncGenerator<string> {
  const { folders, keys } = await store.list(prefix);
  for (const folder of folders.toReversed()) yield* newestFirst(store, folder);
  yield* keys.filter((key) => REPORT.test(key)).toReversed();
}
