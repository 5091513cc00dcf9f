/** Runs one bundle as Lambda would: its own folder as the task root, an event, a context, and nothing else. */
import { randomUUID } from 'node:crypto';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { TestResult } from '@aws/durable-execution-sdk-js-testing';
import { CONCLUDE } from '../functions/runtime/once.ts';

import type { Report } from '../functions/runtime/report.ts';

type Invoked = {
  bundle: string;
  settingsFile: string;
  event: unknown;
  timeoutMs: number;
  /** Called with what the run will call its request. */
  onBegin?: (requestId: string) => void;
};

/**
 * @returns the report, also of a run that was refused or failed
 * @throws what the function threw, where it threw before there was a report
 */
export function invokeBundle({ timeoutMs, event, onBegin, ...invoked }: Invoked): Promise<Report> {
  return withHandler(invoked, (handler) => {
    const context = contextOf(timeoutMs);
    onBegin?.(context.awsRequestId);
    return handler(event, context);
  });
}

type InvokedDurable = Omit<Invoked, 'timeoutMs'> & {
  /** Whether its waits are over at once, and the clock moved on: only where what it waits for does not take its time either. */
  skipTime?: boolean;
};

/**
 * A durable bundle, through AWS's own local runner: nothing of it survives this process.
 * @returns the report, also of a run that was refused or failed
 * @throws Error where the execution ended before there was a report
 */
export function invokeDurableBundle({ event, onBegin, skipTime = false, ...invoked }: InvokedDurable): Promise<Report> {
  return withHandler(invoked, async (handler) => {
    // A tool for development, and large: what is deployed has nothing of it.
    const { LocalDurableTestRunner } = await import('@aws/durable-execution-sdk-js-testing');
    await LocalDurableTestRunner.setupTestEnvironment({ skipTime });
    const handlerFunction: Handler = (invocation, context) => {
      onBegin?.(invocation.DurableExecutionArn);
      return handler(invocation, context);
    };
    try {
      return reportOf(await new LocalDurableTestRunner({ handlerFunction }).run({ payload: event }));
    } finally {
      await LocalDurableTestRunner.teardownTestEnvironment();
    }
  });
}

/** An execution that fails has no result. Its report is what its last step answered. */
function reportOf(execution: TestResult): Report {
  const concluded = execution.getOperations().find((operation) => operation.getName() === CONCLUDE);
  const report = concluded?.getStepDetails()?.result as Report | undefined;
  if (report !== undefined) return report;
  const { errorMessage = 'it ended without a report' } = execution.getError();
  throw new Error(errorMessage);
}

// biome-ignore lint/suspicious/noExplicitAny: a handler is whatever the bundle exports
type Handler = (event: any, context: any) => Promise<any>;

async function withHandler(
  { bundle, settingsFile }: Pick<Invoked, 'bundle' | 'settingsFile'>,
  invoke: (handler: Handler) => Promise<Report>,
): Promise<Report> {
  const taskRoot = mkdtempSync(join(tmpdir(), 'nightshift-task-'));
  const remove = () => rmSync(taskRoot, { recursive: true, force: true });
  // Also where the process is ended while the function runs.
  process.once('exit', remove);
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
    process.off('exit', remove);
    remove();
  }
}

function contextOf(timeoutMs: number) {
  const endsAt = performance.now() + timeoutMs;
  return { awsRequestId: randomUUID(), getRemainingTimeInMillis: () => Math.max(0, endsAt - performance.now()) };
}
