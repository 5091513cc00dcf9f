/** Finds out what became of a run that began to turn keys off and never said how that ended. */
import { RefusalError } from '../runtime/errors.ts';
import type { Invocation } from '../runtime/invocation.ts';
import type { Session } from '../runtime/postgres.ts';
import type { Outcome, Report } from '../runtime/report.ts';
import type { Input, Settings } from './contract.ts';
import type { Planned } from './examine.ts';
import { readRecord } from './key-record.ts';

/**
 * @returns an outcome for each key that run turned off without saying so; they could otherwise be missing from all reports
 * @throws RefusalError while a transaction of that run is still open
 */
export async function settle(audit: Invocation<Settings, Input>, session: Session): Promise<Outcome[]> {
  const { unfinished, store } = audit;
  if (unfinished === undefined) return [];
  const plan = await store.readText(unfinished.planKey);
  if (plan === undefined)
    throw new RefusalError(`The plan of run ${unfinished.runId}, which died, is gone: ${unfinished.planKey}.`);
  const reported = await store.readJson<Report>(unfinished.planKey.replace('.plan.jsonl', '.json'));
  const told = new Set(reported.value?.outcomes.filter(({ status }) => status === 'done').map(({ target }) => target));
  const outcomes: Outcome[] = [];
  for (const line of plan.split('\n').filter(Boolean)) {
    const { keyId, why } = JSON.parse(line) as Planned;
    const record = await readRecord(audit, session, keyId);
    const left = record.value?.changes.find((change) => change.runId === unfinished.runId);
    if (left?.status === 'unknown')
      outcomes.push({ ...from(unfinished.runId, keyId, why), status: 'failed', error: UNKNOWN });
    if (left?.status === 'done' && !told.has(keyId))
      outcomes.push({ ...from(unfinished.runId, keyId, why), status: 'done' });
  }
  return outcomes;
}

const UNKNOWN = 'PostgreSQL no longer knows whether the key was turned off; look at it, and set its status by hand';

function from(runId: string, target: string, why: string) {
  return { target, action: 'disable', why: `${why} (by run ${runId}, which ended before it could say so)` };
}
