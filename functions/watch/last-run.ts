/** When a runbook last had a verified run, read from the evidence itself. */
import type { Report } from '../runtime/report.ts';
import type { Store } from '../runtime/store.ts';
import type { Settings } from './contract.ts';

/** Runs that ended so looked at nothing, or cannot say what they saw. */
const UNVERIFIED = new Set<Report['verdict']>(['skipped', 'refused', 'failed']);

/**
 * Evidence is filed by day, so the newest is found by going down the calendar from its end; most nights that is the first
 * report looked at.
 * @throws EvidenceError when the evidence cannot be read
 */
export async function lastVerifiedRun(
  store: Store,
  { runbook, provenBy }: Pick<Settings['watched'][number], 'runbook' | 'provenBy'>,
): Promise<Date | undefined> {
  for await (const key of newestFirst(store, `reports/${runbook}/`)) {
    const report = (await store.readJson<Report>(key)).value;
    if (report && isVerified(report, provenBy)) return new Date(report.startedAt);
  }
  return undefined;
}

/** A run that did something else, such as a restore, does not publish the metric: whatever it did, it is not the scheduled one. */
function isVerified({ verdict, metrics }: Report, provenBy: string): boolean {
  return !UNVERIFIED.has(verdict) && provenBy in metrics;
}

/** A run's id has no dot; whatever else a run stored beside its report is `<runId>.<what>`, and may be JSON as well. */
const REPORT = /\/[^/.]+\.json$/;

/** Years, months and days are folders; names sort by time. */
async function* newestFirst(store: Store, prefix: string): AsyncGenerator<string> {
  const { folders, keys } = await store.list(prefix);
  for (const folder of folders.toReversed()) yield* newestFirst(store, folder);
  yield* keys.filter((key) => REPORT.test(key)).toReversed();
}
