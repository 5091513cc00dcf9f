/** The server's process, and the small shell that looks after it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Account } from './account.ts';

/**
 * $1 is the run's folder, the rest is the server's command line. The shell leads a process group of its own, so Ctrl-C
 * reaches us and not the server. It waits for the end of its standard input, which we hold open: that ends when we say
 * so, and also when we die of anything, `kill -9` included. Then the server is ended at once and its data removed. A
 * server that ends by itself leaves its data: we may start it again, on another port.
 * The pid cannot belong to somebody else by then: the server is the shell's own child, not yet waited for.
 */
const WARDEN = `
folder=$1; shift
exec 3<&0
"$@" </dev/null 3<&- >>"$folder/postgres.log" 2>&1 &
server=$!
( read -r never <&3; : >"$folder/over"; kill -QUIT "$server" ) &
watcher=$!
wait "$server"; status=$?
kill "$watcher" 2>/dev/null
if [ -e "$folder/over" ]; then rm -rf "$folder/data"; fi
exit "$status"
`;

const START_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 10_000;
const POLL_MS = 5;
const LOG_TAIL_CHARACTERS = 500;

type Launch = { program: string; args: string[]; folder: string; account: Account };

/** Starts the server on the cluster in `<folder>/data` and resolves once it accepts connections. */
export async function launch({ program, args, folder, account }: Launch): Promise<ChildProcess> {
  const child = spawn('/bin/sh', ['-c', WARDEN, 'nightshift-postgres', folder, program, ...args], {
    ...account.ids,
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    env: { PATH: process.env.PATH, LC_ALL: 'C' },
  });
  child.stdin?.on('error', () => {}); // The shell has gone already; its end is noticed below.
  try {
    await waitUntilReady(child, folder);
  } catch (error) {
    await halt(child);
    throw error;
  }
  // A caller that forgets to stop the server can still end; the shell then notices.
  child.unref();
  (child.stdin as unknown as { unref(): void }).unref();
  return child;
}

/** The server writes its state in the eighth line of postmaster.pid, which is also what `pg_ctl` goes by. */
async function waitUntilReady(child: ChildProcess, folder: string): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  let failure: Error | undefined;
  child.once('error', (error) => {
    failure = error;
  });
  while (
    readIfThere(join(folder, 'data', 'postmaster.pid'))
      .split('\n')[7]
      ?.trim() !== 'ready'
  ) {
    if (failure) throw failure;
    if (hasEnded(child)) throw new Error(logTail(folder));
    if (Date.now() > deadline) throw new Error(`not ready after ${START_TIMEOUT_MS} ms: ${logTail(folder)}`);
    await sleep(POLL_MS);
  }
}

/**
 * Ends the server without the checkpoint of an orderly shutdown: its data is thrown away. Resolves when no process of it
 * is left; also when it had died before.
 */
export async function halt(child: ChildProcess): Promise<void> {
  if (hasEnded(child) || child.pid === undefined) return;
  const { pid } = child;
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.ref();
  child.stdin?.end();
  const lastResort = setTimeout(() => process.kill(-pid, 'SIGKILL'), STOP_TIMEOUT_MS);
  await ended;
  clearTimeout(lastResort);
}

const hasEnded = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null;

const logTail = (folder: string): string => readIfThere(join(folder, 'postgres.log')).slice(-LOG_TAIL_CHARACTERS);

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
