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
export function invokeBundle({ timeoutMs, event, ...invoked }: Invoked): Promise<Report> {
  return withHandler(invoked, (handler) => handler(event, contextOf(timeoutMs)));
}

/** A durable bundle, through AWS's own local runner: its waits last as long as they would, and nothing survives this process. */
export function invokeDurableBundle({ event, ...invoked }: Omit<Invoked, 'timeoutMs'>): Promise<Report> {
  return withHandler(invoked, async (handler) => {
    // A tool for development, and large: what is deployed has nothing of it.
    const { LocalDurableTestRunner } = await import('@aws/durable-execution-sdk-js-testing');
    await LocalDurableTestRunner.setupTestEnvironment({ skipTime: false });
    try {
      const execution = await new LocalDurableTestRunner<Report>({ handlerFunction: handler }).run({ payload: event });
      const report = execution.getResult();
      if (report === undefined) throw new Error('the execution ended without a report');
      return report;
    } finally {
      await LocalDurableTestRunner.teardownTestEnvironment();
    }
  });
}

// biome-ignore lint/suspicious/noExplicitAny: a handler is whatever the bundle exports
type Handler = (event: any, context: any) => Promise<any>;

async function withHandler(
  { bundle, settingsFile }: Pick<Invoked, 'bundle' | 'settingsFile'>,
  invoke: (handler: Handler) => Promise<Report>,
): Promise<Report> {
  const taskRoot = mkdtempSync(join(tmpdir(), 'nightshift-task-'));
  try {
    copyFileSync(settingsFile, join(taskRoot, 'settings.json'));
    process.env.LAMBDA_TASK_ROOT = taskRoot;
    const { handler } = await import(pathToFileURL(join(bundle, 'index.mjs')).href);
    return await invoke(handler);
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
