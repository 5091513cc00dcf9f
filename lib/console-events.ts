/**
 * The events that the Test button of the Lambda console offers for a runbook: `{ title: event }`. The console takes titles
 * of at most 25 letters, digits, dots, hyphens and underscores.
 */
import type { Mode } from '../functions/runtime/contract.ts';

export type ConsoleEvents = Record<string, Record<string, unknown>>;

/** `enforce-now` only where the deployment allows it: an invocation can lower the mode, never raise it. */
export function consoleEvents({
  mode,
  account,
  region,
}: {
  mode: Mode;
  account: string;
  region: string;
}): ConsoleEvents {
  return {
    'report-now': { mode: 'report' },
    'sample-alarm': sampleAlarm(account, region),
    ...(mode === 'enforce' && { 'enforce-now': { mode: 'enforce' } }),
  };
}

/** As EventBridge delivers it. Its date is past, so a runbook says that it is too old until somebody writes a newer one. */
function sampleAlarm(account: string, region: string): Record<string, unknown> {
  const at = '2026-01-01T00:00:00Z';
  const alarmName = 'sample alarm of the Test button';
  return {
    version: '0',
    id: '00000000-0000-4000-8000-000000000000',
    source: 'aws.cloudwatch',
    'detail-type': 'CloudWatch Alarm State Change',
    account,
    region,
    time: at,
    resources: [`arn:aws:cloudwatch:${region}:${account}:alarm:${alarmName}`],
    detail: {
      alarmName,
      state: { value: 'ALARM', reason: 'Somebody pressed the Test button', timestamp: at },
      previousState: { value: 'OK', reason: 'Nobody had pressed it', timestamp: at },
    },
  };
}
