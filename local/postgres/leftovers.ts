/** What an earlier run left behind, should its process and the shell beside it both have been killed. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const STOP_TIMEOUT_MS = 5_000;
const POLL_MS = 20;

/** Ends servers whose owner is gone, and removes their folders. Those of owners that still run are not touched. */
export async function removeLeftovers(root: string): Promise<void> {
  for (const name of readdirSync(root)) {
    const owner = /^run-(\d+)-/.exec(name)?.[1];
    if (owner === undefined || isAlive(Number(owner))) continue;
    const folder = join(root, name);
    await endServer(folder);
    rmSync(folder, { recursive: true, force: true });
  }
}

async function endServer(folder: string): Promise<void> {
  const pid = recordedPid(folder);
  // The pid may be somebody else's by now. A server of ours has this folder's random name on its command line.
  if (pid === undefined || !commandLine(pid).includes(folder)) return;
  process.kill(pid, 'SIGQUIT');
  const deadline = Date.now() + STOP_TIMEOUT_MS;
  while (isAlive(pid) && Date.now() < deadline) await sleep(POLL_MS);
  if (isAlive(pid) && commandLine(pid).includes(folder)) process.kill(pid, 'SIGKILL');
}

function recordedPid(folder: string): number | undefined {
  const file = join(folder, 'data', 'postmaster.pid');
  const pid = existsSync(file) ? Number.parseInt(readFileSync(file, 'utf8'), 10) : Number.NaN;
  return pid > 1 ? pid : undefined;
}

/** Empty where there is no such process. Slim Linux images have no `ps`, and macOS has no /proc. */
function commandLine(pid: number): string {
  try {
    if (process.platform === 'linux') return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
    return execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' });
  } catch {
    return '';
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
