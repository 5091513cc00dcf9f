/** A function that something else calls, such as Secrets Manager: its bundle, warm, in a thread with its own settings and credentials. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { bundle } from '../../lib/bundle.ts';
import type { LambdaFunction } from '../aws/lambda.ts';

export type DeployedFunction = {
  run: LambdaFunction;
  /** What it has printed, one line for each thing. */
  printed(): string[];
  stop(): Promise<void>;
};

const TIMEOUT_MS = 120_000;

/** One call at a time, as one sandbox of Lambda's does it. */
const PROGRAM = `
const { parentPort, workerData } = require('node:worker_threads');
const loaded = import(workerData.index);
parentPort.on('message', async ({ id, event }) => {
  const endsAt = performance.now() + workerData.timeoutMs;
  const context = {
    awsRequestId: String(Math.random()),
    getRemainingTimeInMillis: () => Math.max(0, endsAt - performance.now()),
  };
  try {
    const { handler } = await loaded;
    parentPort.postMessage({ id, answer: await handler(event, context) });
  } catch (error) {
    parentPort.postMessage({ id, error: { name: error.name, message: error.message } });
  }
});`;

type Answer = { id: number; answer?: unknown; error?: { name: string; message: string } };

/** @param bundled its folder below `functions/` */
export function deployFunction(of: {
  bundled: string;
  deployment: object;
  environment: Record<string, string>;
}): DeployedFunction {
  const folder = mkdtempSync(join(tmpdir(), 'nightshift-task-'));
  writeFileSync(join(folder, 'settings.json'), JSON.stringify(of.deployment));
  const workerData = { index: join(bundle(of.bundled), 'index.mjs'), timeoutMs: TIMEOUT_MS };
  const env = { ...of.environment, LAMBDA_TASK_ROOT: folder };
  const worker = new Worker(PROGRAM, { eval: true, workerData, env, stdout: true, stderr: true });
  const printed: string[] = [];
  for (const stream of [worker.stdout, worker.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => printed.push(text));
  const waiting = new Map<number, (answer: Answer) => void>();
  worker.on('message', (answer: Answer) => waiting.get(answer.id)?.(answer));
  let calls = 0;
  return {
    run: async (event) => {
      calls += 1;
      const { promise, resolve } = Promise.withResolvers<Answer>();
      waiting.set(calls, resolve);
      worker.postMessage({ id: calls, event });
      const { id, answer, error } = await promise;
      waiting.delete(id);
      if (error) throw Object.assign(new Error(error.message), { name: error.name });
      return answer;
    },
    printed: () => printed,
    stop: async () => {
      await worker.terminate();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
