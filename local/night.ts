/** One night: every deployed function runs once, as its bundle, in a process of its own, against the local estate. */
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Report } from '../functions/runtime/report.ts';
import type { Estate } from './estate.ts';
import { rotateUnderLoad, type UnderLoad } from './rotation/under-load.ts';

const INVOKE = resolve(import.meta.dirname, '../bin/invoke.ts');
const DRILL = resolve(import.meta.dirname, 'drill.ts');

/** The watcher last: it looks at what the others have left. */
export const NIGHT = [
  'inactive-key-audit',
  'certificate-check-private',
  'backup-verification',
  'restore-drill',
  'orphan-blob-gc',
  'credential-rotation-all',
  'credential-rotation-postgres-user',
  'credential-rotation-postgres-alternating',
  'watch',
] as const;

/** A runbook that is deployed more than once has a folder of its own name. */
const FOLDERS: Record<string, string> = {
  'certificate-check-private': 'certificate-check',
  'credential-rotation-all': 'credential-rotation/all',
  'credential-rotation-postgres-user': 'credential-rotation/postgres-user',
  'credential-rotation-postgres-alternating': 'credential-rotation/postgres-alternating',
};

/** Only these may change something tonight: to see a credential rotated, it has to be. */
const ENFORCING = /^credential-rotation-/;
const modeOf = (runbook: string) => (ENFORCING.test(runbook) ? 'enforce' : 'report');

/**
 * @param folder where the settings and the function's log are left, for whoever wants to invoke it again
 * @throws Error with the function's own words where there is no report
 */
export async function runOnce(
  estate: Estate,
  runbook: (typeof NIGHT)[number],
  folder: string,
  event: object = {},
): Promise<Report> {
  mkdirSync(folder, { recursive: true });
  const settingsFile = join(folder, `${runbook}.settings.json`);
  writeFileSync(settingsFile, JSON.stringify(estate.settingsOf(runbook, modeOf(runbook)), null, 2));
  const { stdout, stderr } = await runProcess(
    argumentsOf(runbook, settingsFile, eventFileOf(event, settingsFile)),
    estate.environmentOf(callerOf(runbook)),
  );
  writeFileSync(join(folder, `${runbook}.log`), stderr);
  if (stdout === '') throw new Error(`${runbook} made no report:\n${stderr}`);
  return JSON.parse(stdout) as Report;
}

function argumentsOf(runbook: string, settingsFile: string, eventFile: string): string[] {
  if (runbook === 'restore-drill') return [DRILL, settingsFile];
  return [INVOKE, FOLDERS[runbook] ?? runbook, '--settings', settingsFile, '--event', eventFile];
}

function eventFileOf(event: object, settingsFile: string): string {
  const path = settingsFile.replace(/settings\.json$/, 'event.json');
  writeFileSync(path, JSON.stringify(event));
  return path;
}

/** Every secret is rotated, as by hand, while programs log in with them. */
export async function rotateAll(estate: Estate, folder: string): Promise<{ report: Report; load: UnderLoad }> {
  let report: Report | undefined;
  const load = await rotateUnderLoad(estate, async () => {
    report = await runOnce(estate, 'credential-rotation-all', folder, { rotate: 'all' });
  });
  if (report === undefined) throw new Error('nothing was rotated');
  return { report, load };
}

/** Each mode of a function has a role of its own. The drill is nobody’s who deploys Alexander. */
function callerOf(runbook: string): string {
  return runbook === 'restore-drill' ? 'a person' : `${runbook} ${modeOf(runbook)}`;
}

/** Only what the function needs of our own environment: a profile or a proxy of this machine's user is none of its business. */
async function runProcess(
  args: string[],
  environment: Record<string, string>,
): Promise<{ stdout: string; stderr: string }> {
  const { PATH = '', HOME = '', TMPDIR } = process.env;
  const env = { PATH, HOME, ...(TMPDIR && { TMPDIR }), ...environment };
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const [stdout, stderr] = await Promise.all([
    child.stdout.setEncoding('utf8').toArray(),
    child.stderr.setEncoding('utf8').toArray(),
  ]);
  return { stdout: stdout.join(''), stderr: stderr.join('') };
}
