import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { findRedis } from '../../../local/redis/programs.ts';
import { startRedis } from '../../../local/redis/server.ts';

const found = findRedis();

/** A process that starts a server, tells where, and then does nothing of its own accord. */
const OWNER = `
  const [programs, server] = await Promise.all(process.argv.slice(1).map((file) => import(file)));
  const { port, logPath } = await server.startRedis(programs.findRedis().programs);
  console.log(JSON.stringify({ port, logPath }));
  setInterval(() => {}, 1000);
`;

describe.runIf('programs' in found)('a local Redis', () => {
  const start = () => ('programs' in found ? startRedis(found.programs) : Promise.reject(new Error(found.because)));

  it('lets nobody in but over TLS and with a password, and is gone with its files when stopped', async () => {
    const redis = await start();
    const { host, port, logPath } = redis;
    try {
      expect(await redis.admin('ACL', 'WHOAMI')).toBe('nightshift-admin');
      expect(await redis.ask({ password: 'any' }, 'PING')).toContain('WRONGPASS');
      expect(await firstAnswer(host, port)).toBe('');
    } finally {
      await redis.stop();
    }
    expect(existsSync(dirname(logPath))).toBe(false);
    await expect(firstAnswer(host, port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it.each(['SIGINT', 'SIGKILL'] as const)('ends, and its files go, when its owner gets %s', async (signal) => {
    const files = ['programs', 'server'].map((name) => pathToFileURL(`local/redis/${name}.ts`).href);
    const owner = spawn(process.execPath, ['--input-type=module', '-e', OWNER, ...files], { stdio: 'pipe' });
    const told = await new Promise<string>((resolve) => owner.stdout.once('data', (text) => resolve(String(text))));
    const { port, logPath } = JSON.parse(told) as { port: number; logPath: string };
    expect(existsSync(logPath)).toBe(true);
    owner.kill(signal);
    await expect.poll(() => existsSync(dirname(logPath)), { timeout: 10_000 }).toBe(false);
    await expect(firstAnswer('127.0.0.1', port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});

function firstAnswer(host: string, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port }, () => socket.write('PING\r\n'));
    let answer = '';
    socket.on('data', (chunk) => (answer += chunk));
    socket.on('error', (error: NodeJS.ErrnoException) =>
      error.code === 'ECONNRESET' ? resolve(answer) : reject(error),
    );
    socket.on('close', () => resolve(answer));
  });
}
