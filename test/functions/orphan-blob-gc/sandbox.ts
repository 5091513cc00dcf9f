/** Invokes the collector's bundle as Lambda does: each invocation in a sandbox of its own, with its own environment and clock. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Report } from '../../../functions/runtime/report.ts';
import { bundle } from '../../../lib/bundle.ts';

const PROGRAM = `
const { parentPort, workerData } = require('node:worker_threads');
require('node:module').enableCompileCache(workerData.cache);
const left = new Int32Array(workerData.remaining);
const context = { awsRequestId: workerData.requestId, getRemainingTimeInMillis: () => Atomics.load(left, 0) };
import(workerData.index).then(({ handler }) => handler(workerData.event, context)).then(
  (report) => parentPort.postMessage({ report }),
  ({ name, message }) => parentPort.postMessage({ error: { name, message } }),
).then(() => process.exit());`;

export type Sandboxes = {
  /** Resolves with the report, and rejects as the function does; also where the sandbox was killed. */
  invoke(event: unknown, requestId?: string): Promise<Report>;
  /** What Lambda says is left, in every sandbox from now on. */
  setRemainingMs(ms: number): void;
  /** Every sandbox that is at work. */
  kill(): Promise<void>;
  remove(): void;
};

/** Of compiled code: shared, because compiling the bundle takes longer than most of what it then does. */
const CACHE = join(tmpdir(), 'nightshift-test-compiled');
const MINUTE_MS = 60_000;

export function sandboxes(deployment: object, environment: Record<string, string>): Sandboxes {
  const folder = mkdtempSync(join(tmpdir(), 'nightshift-test-'));
  writeFileSync(join(folder, 'settings.json'), JSON.stringify(deployment));
  const remaining = new SharedArrayBuffer(4);
  const left = new Int32Array(remaining);
  Atomics.store(left, 0, MINUTE_MS);
  const atWork = new Set<Worker>();
  const index = join(bundle('orphan-blob-gc'), 'index.mjs');
  const env = { ...environment, LAMBDA_TASK_ROOT: folder };
  let invocations = 0;
  return {
    invoke: (event, requestId = `request ${++invocations} in ${folder}`) => {
      const workerData = { index, event, requestId, remaining, cache: CACHE };
      const worker = new Worker(PROGRAM, { eval: true, workerData, env, stdout: true, stderr: true });
      worker.stdout.resume();
      worker.stderr.resume();
      atWork.add(worker);
      return answerOf(worker).finally(() => atWork.delete(worker));
    },
    setRemainingMs: (ms) => void Atomics.store(left, 0, ms),
    kill: async () => {
      await Promise.all([...atWork].map((worker) => worker.terminate()));
    },
    remove: () => rmSync(folder, { recursive: true }),
  };
}

function answerOf(worker: Worker): Promise<Report> {
  return new Promise((resolve, reject) => {
    worker.once('message', ({ report, error }) => {
      if (error === undefined) resolve(report);
      else reject(Object.assign(new Error(error.message), { name: error.name }));
    });
    worker.once('error', reject);
    worker.once('exit', () => reject(new Error('Runtime exited')));
  });
}
