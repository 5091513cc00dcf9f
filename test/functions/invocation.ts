/** Calls a deployed function's handler in this process, with the settings and the environment that a deploy would give it. */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Context } from 'aws-lambda';
import { handler as verification } from '../../functions/backup-verification/handler.ts';
import { handler as certificates } from '../../functions/certificate-check/handler.ts';
import { handler as audit } from '../../functions/inactive-key-audit/handler.ts';
import { handler as blobs } from '../../functions/orphan-blob-gc/handler.ts';
import type { Report } from '../../functions/runtime/report.ts';
import { handler as watch } from '../../functions/watch/handler.ts';
import type { Estate } from '../../local/estate.ts';

const HANDLERS = {
  'backup-verification': verification,
  'inactive-key-audit': audit,
  'certificate-check-private': certificates,
  'certificate-check-public': certificates,
  'orphan-blob-gc': blobs,
  watch,
};

export type Call = {
  runbook?: keyof typeof HANDLERS;
  mode?: 'report' | 'enforce';
  event?: unknown;
  /** Lambda's request id; asynchronous retries of one event keep it. */
  requestId?: string;
  timeoutMs?: number;
  /** How much time the function is told it has left, instead of what is left of `timeoutMs`. */
  remainingMs?: () => number;
  /** Edits what a deploy would have written to `settings.json`. */
  // biome-ignore lint/suspicious/noExplicitAny: tests write settings that the contract would not allow
  edit?: (deployment: any) => void;
  environment?: Record<string, string>;
  /** Who it is in the request log, where such settings would have given it a role of its own. */
  caller?: string;
};

/** The report of a run, however it ended. Rejects where the function threw without one. */
export async function call(estate: Estate, options: Call = {}): Promise<Report> {
  const { runbook = 'inactive-key-audit', mode = 'report', event = {}, timeoutMs = 60_000 } = options;
  const folder = mkdtempSync(join(tmpdir(), 'nightshift-test-'));
  const deployment = structuredClone(estate.settingsOf(runbook, mode));
  options.edit?.(deployment);
  writeFileSync(join(folder, 'settings.json'), JSON.stringify(deployment));
  // A mode of the same function has a role of its own, so it has a name of its own in the request log.
  const environment = estate.environmentOf(options.caller ?? `${runbook} ${mode}`);
  Object.assign(process.env, environment, options.environment, { LAMBDA_TASK_ROOT: folder });
  const endsAt = performance.now() + timeoutMs;
  const context = {
    awsRequestId: options.requestId ?? randomUUID(),
    getRemainingTimeInMillis: options.remainingMs ?? (() => Math.max(0, endsAt - performance.now())),
  } as Context;
  try {
    return await HANDLERS[runbook](event, context);
  } catch (error) {
    if (error instanceof Error && error.name === 'RunEndedBadlyError')
      return (error as Error & { report: Report }).report;
    throw error;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
