/** Carries a whole execution through, its parts too, in a thread that can be killed at any moment with everything that belongs to it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { bundle } from '../../../lib/bundle.ts';
import type { Killable } from '../killable.ts';

/**
 * Both bundles, as they are deployed, and AWS's local runner. Settings are read in the first moment of an invocation, so those of the
 * worker are put in their place for just that moment. The tests look at what is left, not at what the execution said.
 */
const PROGRAM = `
const { parentPort, workerData } = require('node:worker_threads');
require('node:module').enableCompileCache(workerData.cache);
const loaded = Promise.all([workerData.coordinator, workerData.worker, workerData.runner, workerData.time].map((url) => import(url))).then(
  async ([coordinator, worker, { LocalDurableTestRunner }, { skipTime }]) => {
    await skipTime();
    const runner = new LocalDurableTestRunner({ handlerFunction: coordinator.handler });
    return runner.registerFunction(process.env.WORKER_FUNCTION_ARN, (event, context) => {
      const own = process.env.LAMBDA_TASK_ROOT;
      process.env.LAMBDA_TASK_ROOT = workerData.settings;
      const answer = worker.handler(event, { ...context, getRemainingTimeInMillis: () => 60_000 });
      process.env.LAMBDA_TASK_ROOT = own;
      return answer;
    });
  },
);
parentPort.once('message', async (payload) => {
  const runner = await loaded;
  await runner.run({ payload }).catch(() => {});
  process.exit();
});`;

type Deployed = { coordinator: object; worker: object; environment: Record<string, string> };

/** @returns a maker of threads, all with the same settings, and what removes those settings */
export function killables({ coordinator, worker, environment }: Deployed): { make(): Killable; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'nightshift-test-'));
  const settle = (deployment: object) => {
    const root = mkdtempSync(join(folder, 'deployed-'));
    writeFileSync(join(root, 'settings.json'), JSON.stringify(deployment));
    return root;
  };
  const workerData = {
    coordinator: join(bundle('orphan-blob-gc/coordinator'), 'index.mjs'),
    worker: join(bundle('orphan-blob-gc'), 'index.mjs'),
    runner: import.meta.resolve('@aws/durable-execution-sdk-js-testing'),
    time: new URL('../skipped-time.ts', import.meta.url).href,
    settings: settle(worker),
    cache: join(folder, 'cache'),
  };
  const env = { ...environment, LAMBDA_TASK_ROOT: settle(coordinator) };
  const make = (): Killable => {
    const thread = new Worker(PROGRAM, { eval: true, workerData, env, stdout: true, stderr: true });
    const ended = new Promise<void>((resolve) => thread.once('exit', () => resolve()));
    thread.stdout.resume();
    thread.stderr.resume();
    return {
      run: async ({ event }) => {
        thread.postMessage(event);
        await ended;
      },
      kill: () => void thread.terminate(),
    };
  };
  return { make, remove: () => rmSync(folder, { recursive: true }) };
}
