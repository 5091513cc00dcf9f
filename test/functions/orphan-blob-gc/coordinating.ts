/** The same system where a coordinator is deployed: carried through by AWS's own local runner, with parts in sandboxes of their own. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalDurableTestRunner } from '@aws/durable-execution-sdk-js-testing';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { afterEach, beforeEach, vi } from 'vitest';
import { handler } from '../../../functions/orphan-blob-gc/coordinator/handler.ts';
import { CONCLUDE } from '../../../functions/runtime/once.ts';
import type { Report } from '../../../functions/runtime/report.ts';
import { skipTime } from '../skipped-time.ts';
import { type Asked, deploymentOf, evidence, type Ground, settingsOf, useGround } from './ground.ts';
import { type Sandboxes, sandboxes } from './sandbox.ts';

const WORKER = 'arn:aws:lambda:eu-central-1:111122223333:function:orphan-blob-gc:live';

export function useCoordinating(options: { clockSkewMs?: number } = {}): Ground {
  let endSkipping: (() => Promise<void>) | undefined;
  // Before the ground, so that whatever is begun in skipped time ends in it.
  beforeEach(async () => {
    // For each test: after the first wait of a set-up, the runner replays nothing more.
    endSkipping = await skipTime();
    vi.spyOn(console, 'log').mockReturnValue();
    vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
    await endSkipping?.();
  });
  return useGround(options);
}

/** What a deploy would write to the coordinator's `settings.json`. */
export function coordinatorOf(ground: Ground, { edit, atOnce = 4, hours = 12 }: Coordinated = {}) {
  const settings = settingsOf(ground);
  edit?.(settings);
  return deploymentOf({ ...settings, coordinator: { atOnce, hours } }, 'report');
}

/** Two functions with the same settings are deployed; each has a role of its own. */
export function coordinatorEnvironment({ aws, environment }: Ground): Record<string, string> {
  const { accessKeyId, secretAccessKey } = aws.credentialsFor('orphan-blob-gc coordinator');
  const keys = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };
  return { ...environment, ...keys, WORKER_FUNCTION_ARN: WORKER };
}

type Invoke = (event: unknown, workers: Sandboxes) => Promise<unknown>;

export type Coordinated = Pick<Asked, 'event' | 'edit'> & {
  atOnce?: number;
  hours?: number;
  /** What an invocation of the worker comes to, instead of what it does. */
  invoke?: Invoke;
  /** Around the handler: a sandbox that dies. */
  around?: (of: typeof handler) => typeof handler;
};

/** One execution, however it ended. `invoked` are the events that the worker was given. */
export async function coordinate(ground: Ground, asked: Coordinated = {}) {
  const { event = {}, invoke = (part, { invoke: really }) => really(part), around = (of) => of } = asked;
  const folder = mkdtempSync(join(tmpdir(), 'nightshift-test-'));
  writeFileSync(join(folder, 'settings.json'), JSON.stringify(coordinatorOf(ground, asked)));
  const settings = settingsOf(ground);
  asked.edit?.(settings);
  const workers = sandboxes(deploymentOf(settings, 'report'), ground.environment);
  const environment = { ...coordinatorEnvironment(ground), LAMBDA_TASK_ROOT: folder };
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  const invoked: { part: { lane: number; lanes: number; from: number; upTo: number; coordinator: string } }[] = [];
  try {
    const runner = new LocalDurableTestRunner<Report>({ handlerFunction: around(handler) });
    ground.aws.registerFunction('orphan-blob-gc', (part) => {
      invoked.push(part as (typeof invoked)[number]);
      return invoke(part, workers);
    });
    runner.registerFunction(WORKER, (part) => invokeAs(environment, part));
    const execution = await runner.run({ payload: event });
    const history = JSON.stringify([execution.getHistoryEvents(), execution.getOperations()]);
    const concluded = execution.getOperations().find((operation) => operation.getName() === CONCLUDE);
    const report = (concluded?.getStepDetails()?.result as Report | undefined) ?? lastReport(ground);
    return { status: execution.getStatus(), report, history, invoked };
  } finally {
    await workers.kill();
    workers.remove();
    rmSync(folder, { recursive: true });
  }
}

/** AWS invokes what an execution asks for in the name of its role. */
async function invokeAs(environment: Record<string, string>, part: unknown): Promise<unknown> {
  const { AWS_ENDPOINT_URL: endpoint = '', AWS_REGION: region = '' } = environment;
  const { AWS_ACCESS_KEY_ID: accessKeyId = '', AWS_SECRET_ACCESS_KEY: secretAccessKey = '' } = environment;
  const client = new LambdaClient({ endpoint, region, credentials: { accessKeyId, secretAccessKey }, maxAttempts: 2 });
  try {
    const asked = new InvokeCommand({ FunctionName: WORKER, Payload: JSON.stringify(part) });
    const { Payload, FunctionError } = await client.send(asked);
    const answer = JSON.parse(new TextDecoder().decode(Payload));
    if (FunctionError === undefined) return answer;
    throw Object.assign(new Error(answer.errorMessage), { name: answer.errorType });
  } finally {
    client.destroy();
  }
}

/** As stored, where the execution did not come to its end: that of a run that failed is there, too. */
function lastReport({ aws }: Ground): Report | undefined {
  const reports = evidence(aws)
    .filter(({ key }) => /^reports\/.*Z-[0-9a-f]{8}\.json$/.test(key))
    .map(({ body }) => JSON.parse(body.toString()) as Report)
    .filter(({ because }) => !because?.startsWith('It marked a part of'));
  return reports.toSorted((a, b) => b.startedAt.localeCompare(a.startedAt))[0];
}
