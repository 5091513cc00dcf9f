import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { startPostgres } from '../../../local/postgres/server.ts';

const SERVER = pathToFileURL('local/postgres/server.ts').href;

/** A process that starts a server, tells where, and then does nothing of its own accord. */
const OWNER = `
  const { startPostgres } = await import(process.argv[1]);
  const { logPath } = await startPostgres({ dataRoot: '.nightshift/test' });
  console.log(logPath);
  setInterval(() => {}, 1000);
  process.stdin.on('data', () => { throw new Error('uncaught'); });
`;

type Owned = { owner: ChildProcess; folder: string; postmaster: number };

const owners: ChildProcess[] = [];
afterEach(() => {
  for (const owner of owners.splice(0)) owner.kill('SIGKILL');
});

async function startInAnotherProcess(): Promise<Owned> {
  const owner = spawn(process.execPath, ['--input-type=module', '-e', OWNER, SERVER], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  owners.push(owner);
  const logPath = await new Promise<string>((resolve) =>
    owner.stdout?.once('data', (text) => resolve(String(text).trim())),
  );
  const folder = dirname(logPath);
  return { owner, folder, postmaster: recordedPid(folder) };
}

const recordedPid = (folder: string) =>
  Number.parseInt(readFileSync(join(folder, 'data', 'postmaster.pid'), 'utf8'), 10);

/** A killed process whose parent has not waited for it yet is still listed, but does nothing any more. */
function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return process.platform !== 'linux' || !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

describe('a server whose process ends without stopping it', () => {
  it.each(['SIGINT', 'SIGTERM', 'SIGKILL'] as const)('ends, and its data goes, after %s', async (signal) => {
    const { owner, folder, postmaster } = await startInAnotherProcess();
    expect(runs(postmaster)).toBe(true);
    owner.kill(signal);
    await expect.poll(() => runs(postmaster), { timeout: 5_000 }).toBe(false);
    await expect.poll(() => existsSync(join(folder, 'data')), { timeout: 5_000 }).toBe(false);
  });

  it('ends after an uncaught error', async () => {
    const { owner, postmaster } = await startInAnotherProcess();
    owner.stdin?.write('throw\n');
    await expect.poll(() => runs(postmaster), { timeout: 5_000 }).toBe(false);
  });
});

describe('the next start', () => {
  const GONE = 2 ** 22 + 1; // Above the highest process id that Linux gives.

  /** What is left when the shell that looks after a server was killed too: the server runs, nobody owns it. */
  const abandon = (folder: string) => join(dirname(folder), basename(folder).replace(/^run-\d+-/, `run-${GONE}-`));

  const onLinux = process.platform === 'linux';

  it.runIf(onLinux)(
    'ends a server that lost both its owner and the shell beside it, and removes its data',
    async () => {
      const { owner, folder, postmaster } = await startInAnotherProcess();
      const shell = Number(/\) \S (\d+)/.exec(readFileSync(`/proc/${postmaster}/stat`, 'utf8'))?.[1]);
      const children = readFileSync(`/proc/${shell}/task/${shell}/children`, 'utf8').trim().split(' ').map(Number);
      const beside = [shell, ...children.filter((pid) => pid !== postmaster)];
      for (const pid of [...beside, Number(owner.pid)]) process.kill(pid, 'SIGKILL');
      await expect.poll(() => owner.signalCode).toBe('SIGKILL');
      expect(beside).toHaveLength(2);
      expect(runs(postmaster)).toBe(true);
      const next = await startPostgres({ dataRoot: '.nightshift/test' });
      expect(runs(postmaster)).toBe(false);
      expect(existsSync(folder)).toBe(false);
      await next.stop();
    },
  );

  it('removes what nobody owns any more, and leaves alone what somebody does', async () => {
    const first = await startPostgres({ dataRoot: '.nightshift/test' });
    const folder = dirname(first.logPath);
    const orphan = abandon(folder);
    mkdirSync(orphan);
    const second = await startPostgres({ dataRoot: '.nightshift/test' });
    expect(existsSync(orphan)).toBe(false);
    expect(runs(recordedPid(folder))).toBe(true);
    await Promise.all([first.stop(), second.stop()]);
  });

  it('does not end a process that merely has the recorded number', async () => {
    const bystander = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
    owners.push(bystander);
    const first = await startPostgres({ dataRoot: '.nightshift/test' });
    const orphan = abandon(dirname(first.logPath));
    mkdirSync(join(orphan, 'data'), { recursive: true });
    writeFileSync(join(orphan, 'data', 'postmaster.pid'), `${bystander.pid}\n`);
    const second = await startPostgres({ dataRoot: '.nightshift/test' });
    expect(existsSync(orphan)).toBe(false);
    expect(runs(Number(bystander.pid))).toBe(true);
    await Promise.all([first.stop(), second.stop()]);
  });
});
