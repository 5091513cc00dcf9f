import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Report } from '../../functions/runtime/report.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const NIGHT = join(ROOT, '.nightshift/night');
const TIMEOUT_MS = 180_000;

let start: ChildProcess;
let [said, reported] = ['', ''];
beforeAll(async () => {
  start = spawn(process.execPath, ['bin/start.ts', '--keep', '--json'], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  start.stdout?.setEncoding('utf8').on('data', (text) => {
    reported += text;
  });
  const isKept = new Promise<void>((resolve, reject) => {
    start.once('exit', () => reject(new Error(said)));
    start.stderr?.setEncoding('utf8').on('data', (text) => {
      said += text;
      if (said.includes('npm run invoke')) resolve();
    });
  });
  await isKept;
}, TIMEOUT_MS);
afterAll(() => void start.kill('SIGKILL'));

/** What the shell would make of it. */
function environment(): Record<string, string> {
  const lines = readFileSync(join(NIGHT, 'environment'), 'utf8').trim().split('\n');
  return Object.fromEntries(lines.map((line) => /^export (\w+)='(.*)'$/.exec(line)?.slice(1) ?? []));
}

it('a whole night of bundles ends with every runbook having looked, the watcher content', () => {
  const { night } = JSON.parse(reported) as { night: Report[] };
  const verdicts = Object.fromEntries(night.map(({ runbook, verdict }) => [runbook, verdict]));
  const { watch, 'credential-rotation-all': rotated, ...others } = verdicts;
  expect(Object.keys(others)).toContain('restore-drill');
  for (const kind of ['postgres-user', 'postgres-alternating']) {
    expect(others[`credential-rotation-${kind}`]).toBe('clean');
    delete others[`credential-rotation-${kind}`];
  }
  expect(new Set(Object.values(others))).toEqual(new Set(['findings']));
  expect([rotated, watch]).toEqual(['acted', 'clean']);
  expect(said).toContain('as two users in turn; 0 were turned away.');
});

it('and the estate is kept for whoever invokes something, until it is told to end, and then nothing of it is left', async () => {
  const given = environment();
  expect(Object.entries(given).filter(([name, value]) => !said.includes(`export ${name}='${value}'`))).toEqual([]);
  const args = ['bin/invoke.ts', 'inactive-key-audit', '--settings', join(NIGHT, 'inactive-key-audit.settings.json')];
  const { PATH } = process.env;
  const invoke = spawn(process.execPath, args, {
    cwd: ROOT,
    env: { PATH, ...given },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const report = JSON.parse((await invoke.stdout.setEncoding('utf8').toArray()).join('')) as Report;
  expect(report).toMatchObject({ runbook: 'inactive-key-audit', verdict: 'findings' });
  const ended = once(start, 'exit');
  start.kill('SIGINT');
  expect(await ended).toEqual([0, null]);
  expect(existsSync(join(NIGHT, 'environment'))).toBe(false);
  for (const place of ['postgres', 'isolated']) {
    const runs = readdirSync(join(ROOT, '.nightshift', place)).filter((name) => name.startsWith(`run-${start.pid}-`));
    expect(runs).toEqual([]);
  }
}, 60_000);
