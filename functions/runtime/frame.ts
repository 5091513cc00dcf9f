/** What is known of a run before its event has been read: who it is, what it was deployed as, and where its evidence goes. */
import { randomBytes } from 'node:crypto';
import type { Context } from 'aws-lambda';
import type * as z from 'zod';
import { type Deadline, deadlineOf } from './deadline.ts';
import { type Deployed, readDeployment, readSurroundings, type Surroundings } from './deployment.ts';
import { openStore, type Store } from './store.ts';

export type Frame<Settings> = {
  runId: string;
  requestId: string;
  /** Taken once, when the function was called. */
  now: Date;
  deadline: Deadline;
  surroundings: Surroundings;
  deployment: Deployed<Settings>;
  store: Store;
  /** Every object of one run shares its name, by day, so that a listing is a calendar. */
  evidenceKey: (suffix: string) => string;
  /** What a runbook must remember between runs. */
  stateKey: (name: string) => string;
};

/** What is settled when a run begins, and must be the same when a durable run is taken up again. Can be written as JSON. */
type Beginning = { runId: string; requestId: string; startedAt: string };

/** @param awsRequestId what asynchronous retries of one event keep */
export function begin({ awsRequestId }: Pick<Context, 'awsRequestId'>): Beginning {
  const startedAt = new Date().toISOString();
  const runId = `${startedAt.replaceAll(/[-:]|\.\d+/g, '')}-${randomBytes(4).toString('hex')}`;
  return { runId, requestId: awsRequestId, startedAt };
}

/** @throws InputError when the function's own deployment is unusable */
export function openFrame<Settings>(
  settings: z.ZodType<Settings>,
  context: Context,
  { runId, requestId, startedAt }: Beginning = begin(context),
): Frame<Settings> {
  const surroundings = readSurroundings(process.env);
  const deployment = readDeployment(surroundings.LAMBDA_TASK_ROOT, settings);
  const day = startedAt.slice(0, 10).replaceAll('-', '/');
  return {
    runId,
    requestId,
    now: new Date(startedAt),
    deadline: deadlineOf(context),
    surroundings,
    deployment,
    store: openStore(surroundings.EVIDENCE_BUCKET),
    evidenceKey: (suffix) => `reports/${deployment.runbook}/${day}/${runId}.${suffix}`,
    stateKey: (name) => `state/${deployment.runbook}/${name}`,
  };
}
