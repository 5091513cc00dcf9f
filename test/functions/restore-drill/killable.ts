/** Carries a whole execution through in a thread that can be killed at any moment, with everything that belongs to it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';

/** A thread that has loaded the function and AWS's local runner, and waits. */
export type Killable = {
  /** Resolves when the thread has ended: by itself when the execution is over, or because it was killed. */
  run(event: object): Promise<void>;
  kill(): void;
};

/** The tests look at what is left, not at what the execution said. */
const PROGRAM = `
const { parentPort, workerData } = require('node:worker_threads');
require('node:module').enableCompileCache(workerData.cache);
const urls = [workerData.handler, workerData.runner, workerData.time];
const loaded = Promise.all(urls.map((url) => import(url))).then(async ([{ handler }, { LocalDurableTestRunner }, { skipTime }]) => {
  await skipTime();
  return new LocalDurableTestRunner({ handlerFunction: handler });
});
parentPort.once('message', async (payload) => {
  const runner = await loaded;
  await runner.run({ payload }).catch(() => {});
  process.exit();
});`;

/** @returns a maker of threads, all with the same settings, and what removes those settings */
export function killables(deployment: object, environment: Record<string, string>) {
  const folder = mkdtempSync(join(tmpdir(), 'nightshift-test-'));
  writeFileSync(join(folder, 'settings.json'), JSON.stringify(deployment));
  const workerData = {
    handler: new URL('../../../functions/restore-drill/handler.ts', import.meta.url).href,
    runner: import.meta.resolve('@aws/durable-execution-sdk-js-testing'),
    time: new URL('../skipped-time.ts', import.meta.url).href,
    cache: join(folder, 'cache'),
  };
  const env = { ...environment, LAMBDA_TASK_ROOT: folder };
  const make = (): Killable => {
    const worker = new Worker(PROGRAM, { eval: true, workerData, env, stdout: true, stderr: true });
    const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
    worker.stdout.resume();
    worker.stderr.resume();
    return {
      run: async (event) => {
        worker.postMessage(event);
        await ended;
      },
      kill: () => void worker.terminate(),
    };
  };
  return { make, remove: () => rmSync(folder, { recursive: true }) };
}
