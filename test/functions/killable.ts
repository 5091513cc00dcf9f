/** Runs the very bundle that a deploy would upload, in a thread that can be killed at any moment, as Lambda kills a process. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { bundle } from '../../lib/bundle.ts';
import type { Estate } from '../../local/estate.ts';
import type { Call } from './invocation.ts';

/** `event`: of one call; or of several, each made when the one before has ended well. */
export type Invocation = { event: object | object[]; timeoutMs: number };

/** A thread that has loaded the function and waits to be called, as a warm one does. */
export type Killable = {
  /** Resolves when the thread has ended: by itself when the run is over, or because it was killed. */
  run(invocation: Invocation): Promise<void>;
  kill(): void;
};

/** The thread's program. It ends when the handler has, whatever that said: the tests look at what is left. */
const PROGRAM = `
const { parentPort, workerData } = require('node:worker_threads');
// Some hundred threads load the same bundle; compiling it each time would be a quarter of their time.
require('node:module').enableCompileCache(workerData.cache);
const loaded = import(workerData.index);
parentPort.once('message', async ({ event, timeoutMs }) => {
  const { handler } = await loaded;
  const endsAt = performance.now() + timeoutMs;
  const getRemainingTimeInMillis = () => Math.max(0, endsAt - performance.now());
  const call = (one) => handler(one, { awsRequestId: String(Math.random()), getRemainingTimeInMillis });
  try {
    for (const one of [event].flat()) await call(one);
  } catch {}
  process.exit();
});`;

/** Of which function: as `call` is told. Its bundle is the one that has the runbook's name. */
type Deployed = Required<Pick<Call, 'runbook' | 'mode' | 'edit'>>;

/** @returns a maker of threads, all with the same settings, and what removes those settings */
export function killables(estate: Estate, { runbook, mode, edit }: Deployed): Killables {
  const deployment = structuredClone(estate.settingsOf(runbook, mode));
  edit(deployment);
  return killablesOf({ bundled: runbook, deployment, environment: estate.environmentOf(`${runbook} ${mode}`) });
}

type Killables = { make(): Killable; remove(): void };

/** The same, of any bundle with any settings. */
export function killablesOf(of: {
  bundled: string;
  deployment: object;
  environment: Record<string, string>;
}): Killables {
  const folder = mkdtempSync(join(tmpdir(), 'nightshift-test-'));
  writeFileSync(join(folder, 'settings.json'), JSON.stringify(of.deployment));
  const workerData = { index: join(bundle(of.bundled), 'index.mjs'), cache: join(folder, 'cache') };
  const env = { ...of.environment, LAMBDA_TASK_ROOT: folder };
  const make = () => {
    const worker = new Worker(PROGRAM, { eval: true, workerData, env, stdout: true, stderr: true });
    const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
    worker.stdout.resume();
    worker.stderr.resume();
    return {
      run: async (invocation: Invocation) => {
        worker.postMessage(invocation);
        await ended;
      },
      kill: () => void worker.terminate(),
    };
  };
  return { make, remove: () => rmSync(folder, { recursive: true }) };
}
