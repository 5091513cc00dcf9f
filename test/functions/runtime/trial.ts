/** A runbook made up for one test, run by the real runtime in an account of its own. */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Context } from 'aws-lambda';
import * as z from 'zod';
import { BaseInput, type Severity } from '../../../functions/runtime/contract.ts';
import type { Invocation, Result } from '../../../functions/runtime/invocation.ts';
import type { Report } from '../../../functions/runtime/report.ts';
import { runbook } from '../../../functions/runtime/runbook.ts';
import type { Account } from './account.ts';

export const RUNBOOK = 'trial-run';
const Settings = z.strictObject({});
type Trial = Invocation<z.infer<typeof Settings>, z.infer<typeof BaseInput>>;
export type Run = (trial: Trial) => Promise<Result>;

type Deployed = { run: Run; event?: unknown; requestId?: string; timeoutMs?: number; mode?: 'report' | 'enforce' };

const word = (name: string, topic: string) => ({ word: name, respondWithin: '1 hour', topic });
const severities = { info: word('LOW', 'notify'), warning: word('MID', 'notify'), critical: word('HIGH', 'page') };

/** The report, also of a run that ended badly. */
export async function invoke(account: Account, deployed: Deployed): Promise<Report> {
  const { run, event = {}, requestId = randomUUID(), timeoutMs = 60_000, mode = 'report' } = deployed;
  const folder = mkdtempSync(join(tmpdir(), 'nightshift-test-'));
  const deployment = { system: 'Alexander', runbook: RUNBOOK, mode, severities, settings: {} };
  writeFileSync(join(folder, 'settings.json'), JSON.stringify(deployment));
  Object.assign(process.env, account.environment, { LAMBDA_TASK_ROOT: folder });
  const endsAt = performance.now() + timeoutMs;
  const getRemainingTimeInMillis = () => Math.max(0, endsAt - performance.now());
  try {
    const handler = runbook({ contract: { Settings, Input: BaseInput }, run });
    return await handler(event, { awsRequestId: requestId, getRemainingTimeInMillis } as Context);
  } catch (error) {
    if (error instanceof Error && error.name === 'RunEndedBadlyError')
      return (error as Error & { report: Report }).report;
    throw error;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A run that looks at these targets, finds what they say, and then does what `meanwhile` does. */
export function lookingAt(
  seen: Record<string, Severity | 'fine'>,
  meanwhile: (trial: Trial) => unknown = () => {},
): Run {
  return async (trial) => {
    const findings = await trial.openFindings();
    for (const [target, state] of Object.entries(seen)) {
      await findings.ready(target);
      const finding =
        state === 'fine' ? undefined : { severity: state, target, what: `${target} is wrong`, remedy: 'Mend it.' };
      findings.look(target, { finding });
    }
    await meanwhile(trial);
    const found = await findings.finish(trial.evidenceKey('findings.jsonl.gz'));
    return { examined: Object.keys(seen).length, found, outcomes: [], settled: true };
  };
}

/** Reports as they are stored, oldest first. */
export function storedReports({ aws, bucket }: Account): Report[] {
  const reports = aws.objects(bucket).filter(({ key }) => /^reports\/.*\.json$/.test(key));
  return reports
    .map(({ body }) => JSON.parse(body.toString()) as Report)
    .sort((a, b) => a.startedAt.localeCompare(b.startedAt));
}

export function stateOf({ aws, bucket }: Account) {
  const object = aws.objects(bucket).find(({ key }) => key === `state/${RUNBOOK}/run.json`);
  return object && JSON.parse(object.body.toString());
}
