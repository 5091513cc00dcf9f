/** A thousand endpoints, some of them dead, against the time-out; and against the loop of openssl that people write. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { bundle } from '../lib/bundle.ts';
import { startEstate } from '../local/estate.ts';
import { type Peer, sideBySide } from './run.ts';

const ROUNDS = 3;
const ENDPOINTS = 1_000;
const DEAD = 20;
const TIMEOUT_MS = 5_000;
/** The loop takes one after the other, so a part of them tells how long all would take. */
const LOOPED = 50;

type Server = { good: number; silent: number; rootPem: string };

export async function benchCertificates(): Promise<string[]> {
  const child = spawn(process.execPath, [resolve(import.meta.dirname, 'tls-server.ts')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const folder = mkdtempSync(join(tmpdir(), 'nightshift-bench-'));
  const estate = await startEstate();
  try {
    const [line] = await once(child.stdout.setEncoding('utf8'), 'data');
    const server = JSON.parse(line) as Server;
    const environment = estate.environmentOf('certificate-check-private report');
    const house = estate.settingsOf('certificate-check-private');
    const check = (name: string, dead: number): Peer => {
      const settings = join(folder, `${dead}.json`);
      writeFileSync(settings, JSON.stringify({ ...house, settings: settingsOf(server, dead) }));
      return {
        name,
        command: process.execPath,
        args: [resolve(import.meta.dirname, 'run-bundle.ts'), bundle('certificate-check'), settings],
        env: environment,
      };
    };
    const hasOpenssl = spawnSync('openssl', ['version']).status === 0;
    const peers = [check('with dead ones', DEAD), check('all good', 0), ...(hasOpenssl ? [openssl(server)] : [])];
    return linesOf(await sideBySide(peers, ROUNDS));
  } finally {
    child.stdin.end();
    rmSync(folder, { recursive: true });
    await estate.stop();
  }
}

function settingsOf({ good, silent, rootPem }: Server, dead: number) {
  const endpoints = Array.from({ length: ENDPOINTS }, (_, index) => {
    return { host: '127.0.0.1', port: index < dead ? silent : good, serverName: `n${index}.bench.test`, trust: 'own' };
  });
  const trust = { own: { pem: rootPem } };
  return {
    placement: 'private',
    endpoints,
    trust,
    timeoutMs: TIMEOUT_MS,
    concurrency: 256,
    allowedPrivateRanges: ['127.0.0.0/8'],
  };
}

function openssl({ good }: Server): Peer {
  const one = `openssl s_client -servername n$i.bench.test -connect 127.0.0.1:${good} </dev/null 2>/dev/null | openssl x509 -noout -enddate >/dev/null`;
  return { name: 'openssl', command: 'bash', args: ['-c', `for i in $(seq ${LOOPED}); do ${one}; done`] };
}

function linesOf([withDead, good, loop]: Awaited<ReturnType<typeof sideBySide>>): string[] {
  const seconds = withDead?.seconds ?? Number.NaN;
  const perEndpoint = (good?.seconds ?? Number.NaN) / ENDPOINTS;
  return [
    `${ENDPOINTS} endpoints, ${DEAD} of them silent, ${TIMEOUT_MS / 1000} s time-out: ${seconds.toFixed(1)} s, which is ${((seconds * 1000) / TIMEOUT_MS).toFixed(2)} times it (at most 1.3), peak RSS ${withDead?.peakMb?.toFixed(0)} MB (at most 100)`,
    loop
      ? `  a loop of openssl takes ${(loop.seconds / LOOPED / perEndpoint).toFixed(0)} times as long for each endpoint (at least 30)`
      : '  a loop of openssl: no openssl on this machine',
  ];
}
