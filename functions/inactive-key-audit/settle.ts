/** Finds out what became of runs that began to change keys and never said how that ended. */
import { RefusalError } from '../runtime/errors.ts';
import type { Invocation } from '../runtime/invocation.ts';
import type { Session } from '../runtime/postgres.ts';
import type { Outcome, Report } from '../runtime/report.ts';
import type { Unfinished } from '../runtime/run-state.ts';
import type { Input, Settings } from './contract.ts';
import { type Change, readRecord } from './key-record.ts';

type Audit = Invocation<Settings, Input>;

/**
 * @returns an outcome for each key that one of those runs changed without saying so; it would else be missing from all reports
 * @throws RefusalError while a transaction of theirs is still open
 */
export async function settle(audit: Audit, session: Session): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const unfinished of audit.unfinished) outcomes.push(...(await settleOne(audit, session, unfinished)));
  return outcomes;
}

async function settleOne(audit: Audit, session: Session, { runId, planKey }: Unfinished): Promise<Outcome[]> {
  const plan = await audit.store.readText(planKey);
  if (plan === undefined) throw new RefusalError(`The plan of run ${runId}, which died, is gone: ${planKey}.`);
  const reported = await audit.store.readJson<Report>(planKey.replace('.plan.jsonl', '.json'));
  const told = new Set(reported.value?.outcomes.filter(({ status }) => status === 'done').map(({ target }) => target));
  const outcomes: Outcome[] = [];
  for (const line of plan.split('\n').filter(Boolean)) {
    const { keyId, why } = JSON.parse(line) as { keyId: string; why: string };
    const record = await readRecord(audit, session, keyId);
    const left = record.value?.changes.find((change) => change.runId === runId);
    if (left?.status === 'unknown') outcomes.push({ ...from(left, keyId, why), status: 'failed', error: UNKNOWN });
    if (left?.status === 'done' && !told.has(keyId)) outcomes.push({ ...from(left, keyId, why), status: 'done' });
  }
  return outcomes;
}

const UNKNOWN = 'PostgreSQL no longer knows whether the key was changed; look at it, and set its status by hand';

function from({ action, runId }: Change, target: string, why: string) {
  return { target, action, why: `${why} (by run ${runId}, which ended before it could say so)` };
}
