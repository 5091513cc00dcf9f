/** A real Redis on this machine, over TLS only, for as long as a night or a test lasts. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeCertificates } from '../postgres/certificates.ts';
import { findFreePort } from '../postgres/free-port.ts';
import { type Asking, ask } from './command.ts';
import type { Programs } from './programs.ts';

export type Redis = {
  host: '127.0.0.1';
  port: number;
  /** The authority to trust; the certificate is for `localhost` and 127.0.0.1. */
  caPem: string;
  /** What the server logs; removed by `stop`. */
  logPath: string;
  /** Runs a command as an administrator, whom no rotation touches. */
  admin(...command: string[]): Promise<string>;
  /** Runs a command as somebody, with a client that knows nothing of ours. What the server has against it is its answer. */
  ask(login: Login, ...command: string[]): Promise<string>;
  /** Resolves when the server is gone and its files with it. Without it, the same happens when we end. */
  stop(): Promise<void>;
};

type Login = { username?: string; password: string };

const ADMIN = 'nightshift-admin';
const START_TIMEOUT_MS = 10_000;
const POLL_MS = 20;

/**
 * $1 is the server's folder, the rest its command line. The shell leads a process group of its own, so Ctrl-C reaches us and not the
 * server. It waits for the end of its standard input, which we hold open: that ends when we say so, and also when we die of anything.
 * The pid cannot be somebody else's by then: the server is the shell's own child, not yet waited for.
 */
const WARDEN = `
folder=$1; shift
exec 3<&0
"$@" </dev/null 3<&- >"$folder/redis.log" 2>&1 &
server=$!
( read -r never <&3; kill -KILL "$server" ) &
watcher=$!
wait "$server"
kill "$watcher" 2>/dev/null
rm -rf "$folder"
`;

/** @param programs as `findRedis` found them */
export async function startRedis(programs: Programs): Promise<Redis> {
  const folder = mkdtempSync(join(tmpdir(), 'nightshift-redis-'));
  const [{ caPem, certPem, keyPem }, port] = await Promise.all([makeCertificates(), findFreePort()]);
  const password = randomBytes(24).toString('hex');
  const paths = writeFiles(folder, { 'ca.pem': caPem, 'cert.pem': certPem, 'key.pem': keyPem });
  writeFiles(folder, { 'users.acl': `user ${ADMIN} on >${password} ~* &* +@all\nuser default off\n` });
  const server = spawnServer(programs.server, folder, [
    ...['--port', '0', '--tls-port', String(port), '--bind', '127.0.0.1', '--tls-auth-clients', 'no'],
    ...[
      '--tls-cert-file',
      paths('cert.pem'),
      '--tls-key-file',
      paths('key.pem'),
      '--tls-ca-cert-file',
      paths('ca.pem'),
    ],
    ...['--loglevel', 'debug', '--aclfile', paths('users.acl'), '--save', '', '--appendonly', 'no', '--dir', folder],
  ]);
  const asking = { program: programs.cli, port, caFile: paths('ca.pem') };
  const admin = (...command: string[]) => ask(asking, { username: ADMIN, password }, command);
  const stop = () => halt(server, folder);
  try {
    await untilReady(server, asking, { username: ADMIN, password });
  } catch (error) {
    await stop();
    throw error;
  }
  const asSomebody = (login: Login, ...command: string[]) => ask(asking, login, command);
  return { host: '127.0.0.1', port, caPem, logPath: join(folder, 'redis.log'), admin, ask: asSomebody, stop };
}

function writeFiles(folder: string, files: Record<string, string>): (name: string) => string {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text, { mode: 0o600 });
  return (name) => join(folder, name);
}

function spawnServer(program: string, folder: string, args: string[]): ChildProcess {
  const child = spawn('/bin/sh', ['-c', WARDEN, 'nightshift-redis', folder, program, ...args], {
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    env: { PATH: process.env.PATH, LC_ALL: 'C' },
  });
  child.stdin?.on('error', () => {}); // The shell has gone already; its end is noticed below.
  // A caller that forgets to stop the server can still end; the shell then notices.
  child.unref();
  (child.stdin as unknown as { unref(): void }).unref();
  return child;
}

async function untilReady(child: ChildProcess, asking: Asking, login: Login) {
  const deadline = Date.now() + START_TIMEOUT_MS;
  for (;;) {
    if (hasEnded(child)) throw new Error('Redis ended while it started; is its TLS built in?');
    if ((await ask(asking, login, ['PING']).catch(() => '')) === 'PONG') return;
    if (Date.now() > deadline) throw new Error(`Redis did not answer within ${START_TIMEOUT_MS} ms`);
    await sleep(POLL_MS);
  }
}

async function halt(child: ChildProcess, folder: string): Promise<void> {
  if (!hasEnded(child)) {
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    child.ref();
    child.stdin?.end();
    await ended;
  }
  rmSync(folder, { recursive: true, force: true });
}

const hasEnded = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null;
