/** The end of every run: the report is stored, what changed is announced, what was counted is measured, the lease given back. */
import { topicArnsOf } from './deployment.ts';
import type { Ended } from './ending.ts';
import { describe } from './errors.ts';
import { SHOWN } from './findings.ts';
import type { Frame } from './frame.ts';
import { publish } from './metrics.ts';
import type { Metric, Report } from './report.ts';

/**
 * @returns the report as it was stored; `failed` where it could not be stored, announced or put on record
 */
export async function conclude(frame: Frame<unknown>, ended: Ended): Promise<Report> {
  const report = compose(frame, ended);
  try {
    await storeReport(frame, report, ended);
    await tell(frame, ended);
    await giveBack(ended, report.verdict);
  } catch (error) {
    Object.assign(report, {
      verdict: 'failed',
      because: `${describe(error)} (until then: ${report.because ?? report.verdict})`,
    });
    // Nothing must be lost: where the evidence cannot go, the log still can.
    console.error(JSON.stringify({ level: 'ERROR', message: 'The run could not be concluded.', report }));
    // The next run tells what this one did, if the stored report does not.
    await ended.turn?.end({ spent: false, settled: false }).catch(() => {});
  } finally {
    await ended.findings?.discard();
  }
  measure(report, ended);
  return report;
}

function compose({ runId, now, deployment, evidenceKey }: Frame<unknown>, { result, ...ended }: Ended): Report {
  const found = result?.found;
  const outcomes = result?.outcomes ?? [];
  const cut = [
    { list: 'findings' as const, total: found?.total ?? 0, storedAt: evidenceKey('findings.jsonl.gz') },
    { list: 'outcomes' as const, total: outcomes.length, storedAt: evidenceKey('outcomes.jsonl') },
  ].filter(({ total }) => total > SHOWN);
  return {
    system: deployment.system,
    runbook: deployment.runbook,
    runId,
    trigger: ended.trigger,
    mode: ended.mode,
    startedAt: now.toISOString(),
    durationMs: Date.now() - now.getTime(),
    verdict: ended.verdict,
    ...(ended.because !== undefined && { because: ended.because }),
    examined: result?.examined ?? 0,
    findings: found?.shown ?? [],
    outcomes: outcomes.slice(0, SHOWN),
    ...(cut.length > 0 && { cut }),
    metrics: metricsOf(result),
    ...(result?.detail !== undefined && { detail: result.detail }),
  };
}

/**
 * A run that did not look counts nothing: a zero would say that all is well, and clear the alarm of the run before.
 */
function metricsOf(result: Ended['result']): Record<string, Metric> {
  const { found, examined = 0, metrics } = result ?? {};
  const counted = found && {
    CriticalFindings: { value: found.counts.critical, unit: 'Count' },
    WarningFindings: { value: found.counts.warning, unit: 'Count' },
    Examined: { value: examined, unit: 'Count' },
  };
  return { ...counted, ...metrics };
}

async function storeReport({ store, evidenceKey }: Frame<unknown>, report: Report, { result }: Ended): Promise<void> {
  const outcomes = result?.outcomes ?? [];
  if (outcomes.length > SHOWN) {
    const lines = outcomes.map((outcome) => `${JSON.stringify(outcome)}\n`).join('');
    await store.create(evidenceKey('outcomes.jsonl'), lines);
  }
  await store.create(evidenceKey('json'), JSON.stringify(report));
}

/** The ledger moves on only after people were told: told twice after a crash is better than never. */
async function tell(
  { deployment, surroundings, store, evidenceKey }: Frame<unknown>,
  { result, findings }: Ended,
): Promise<void> {
  if (result?.found === undefined || findings === undefined) return;
  const { changes } = result.found;
  if (changes.total > 0) {
    // Loaded when there is something to say: most nights nothing has changed.
    const { announce } = await import('./announce.ts');
    const storedAt = `s3://${store.bucket}/${evidenceKey('json')}`;
    await announce({ ...deployment, topicArns: topicArnsOf(surroundings), changes, storedAt });
  }
  await findings.remember();
}

async function giveBack({ turn, result }: Ended, verdict: Report['verdict']): Promise<void> {
  const failed = verdict === 'refused' || verdict === 'failed';
  await turn?.end({ spent: !failed, settled: result?.settled ?? false });
}

function measure(report: Report, { result }: Ended): void {
  publish(report, { ...report.metrics, RunDuration: { value: report.durationMs, unit: 'Milliseconds' } });
  const { runId, runbook, verdict, because } = report;
  console.log(
    JSON.stringify({
      level: 'INFO',
      message: 'The run ended.',
      runId,
      runbook,
      verdict,
      because,
      settled: result?.settled,
    }),
  );
}
