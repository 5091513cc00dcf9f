/** Calls the deployed function's handler in this process, with the settings that a deploy would give it. */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Context } from 'aws-lambda';
import type { Detail } from '../../../functions/certificate-check/contract.ts';
import { handler } from '../../../functions/certificate-check/handler.ts';
import type { Report } from '../../../functions/runtime/report.ts';

const SEVERITIES = {
  critical: { word: 'SEV1', respondWithin: '15 minutes', topic: 'page' },
  warning: { word: 'SEV3', respondWithin: '4 hours', topic: 'notify' },
  info: { word: 'SEV4', respondWithin: '24 hours', topic: 'notify' },
};

/** What a check of this machine's own listeners needs beside its endpoints. */
export const HERE = {
  placement: 'private',
  allowedPrivateRanges: ['127.0.0.0/8', '::1/128'],
  addressFamilies: ['ipv4', 'ipv6'],
  timeoutMs: 1_000,
};

export type Checked = Report & { detail: Detail };

/** The report of a run, however it ended. The environment is what `useAccount` has set. */
export async function check(
  settings: object,
  { runbook = 'certificate-check-private', workMs = 60_000 }: { runbook?: string; workMs?: number } = {},
): Promise<Checked> {
  const folder = mkdtempSync(join(tmpdir(), 'nightshift-test-'));
  const deployment = { system: 'trial', runbook, mode: 'report', severities: SEVERITIES, settings };
  writeFileSync(join(folder, 'settings.json'), JSON.stringify(deployment));
  process.env.LAMBDA_TASK_ROOT = folder;
  const endsAt = performance.now() + workMs + 10_000;
  const context = {
    awsRequestId: randomUUID(),
    getRemainingTimeInMillis: () => Math.max(0, endsAt - performance.now()),
  } as Context;
  try {
    return (await handler({}, context)) as Checked;
  } catch (error) {
    if (error instanceof Error && error.name === 'RunEndedBadlyError')
      return (error as Error & { report: Checked }).report;
    throw error;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
