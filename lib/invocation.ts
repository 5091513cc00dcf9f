/** Runs one bundle as Lambda would: its own folder as the task root, an event, a context, and nothing else. */
import { randomUUID } from 'node:crypto';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Report } from '../functions/runtime/report.ts';

type Invoked = { bundle: string; settingsFile: string; event: unknown; timeoutMs: number };

/**
 * @returns the report, also of a run that was refused or failed
 * @throws what the function threw, where it threw before there was a report
 */
export async function invokeBundle({ bundle, settingsFile, event, timeoutMs }: Invoked): Promise<Report> {
  const taskRoot = mkdtempSync(join(tmpdir(), 'nightshift-task-'));
  try {
    copyFileSync(settingsFile, join(taskRoot, 'settings.json'));
    process.env.LAMBDA_TASK_ROOT = taskRoot;
    const { handler } = await import(pathToFileURL(join(bundle, 'index.mjs')).href);
    return await handler(event, contextOf(timeoutMs));
  } catch (error) {
    // The bundle has its own copy of the class, so it is known by its name.
    if (error instanceof Error && error.name === 'RunEndedBadlyError')
      return (error as Error & { report: Report }).report;
    throw error;
  } finally {
    rmSync(taskRoot, { recursive: true, force: true });
  }
}

function contextOf(timeoutMs: number) {
  const endsAt = performance.now() + timeoutMs;
  return { awsRequestId: randomUUID(), getRemainingTimeInMillis: () => Math.max(0, endsAt - performance.now()) };
}
