/** `npm start`: a night on the local estate, in a minute, with no AWS account. */
import { once } from 'node:events';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { Report } from '../functions/runtime/report.ts';
import { writePage } from '../lib/page.ts';
import { summarize } from '../lib/summary.ts';
import { type Estate, startEstate } from '../local/estate.ts';
import { NIGHT, rotateAll, runOnce } from '../local/night.ts';

const FOLDER = resolve(import.meta.dirname, '../.nightshift/night');

/** `keep`: the estate goes on until Ctrl-C, for `npm run invoke`. */
const { values: options } = parseArgs({
  options: { json: { type: 'boolean', default: false }, keep: { type: 'boolean', default: false } },
});

function progress(text: string): void {
  process.stderr.write(`${text}\n`);
}

async function night(estate: Estate): Promise<Report[]> {
  for (const note of estate.postgres.notes) progress(note);
  progress(`Alexander’s database has ${estate.planted.length} access keys, some of them with a planted fault.`);
  progress(`${estate.listeners?.listeners.length} listeners show certificates, most of them with one.`);
  for (const { plant, reason } of estate.listeners?.leftOut ?? []) progress(`Left out: ${plant}: ${reason}`);
  progress('A month of backups lies in a bucket, some of them with a planted fault.');
  progress('Blobs lie in another; nothing references some of them, and one is lost.');
  const reports: Report[] = [];
  for (const runbook of NIGHT) {
    progress(`Running ${runbook}, bundled as a deploy would upload it …`);
    reports.push(await (runbook === 'credential-rotation-all' ? rotated(estate) : runOnce(estate, runbook, FOLDER)));
  }
  return reports;
}

async function rotated(estate: Estate): Promise<Report> {
  const { report, load } = await rotateAll(estate, FOLDER);
  const { user, pair } = load;
  progress(
    `Meanwhile a program logged in ${pair.connections} times as two users in turn; ${pair.turnedAway} were turned away.`,
  );
  progress(
    `As the single user nobody got in for ${user.longestGapMs.toFixed(0)} ms; ${user.turnedAway} logins were turned away, and worked once the secret was read again.`,
  );
  return report;
}

function show(reports: Report[]): void {
  const [page, list] = [join(FOLDER, 'night.html'), join(FOLDER, 'night.json')];
  writeFileSync(list, JSON.stringify({ night: reports }, null, 2));
  writePage(page, reports);
  const where = `The page: ${relative('.', page)}\nThe reports: ${relative('.', list)}`;
  const text = options.json ? JSON.stringify({ night: reports }) : `${summarize(reports)}\n\n${where}`;
  process.stdout.write(`${text}\n`);
}

/** The keys are good for nothing but the stand-in. */
async function keep(estate: Estate): Promise<void> {
  const told = Promise.race(['SIGINT', 'SIGTERM'].map((signal) => once(process, signal)));
  const path = join(FOLDER, 'environment');
  const lines = Object.entries(estate.environmentOf('a person')).map(([name, value]) => `export ${name}='${value}'\n`);
  writeFileSync(path, lines.join(''));
  const settings = relative('.', join(FOLDER, 'inactive-key-audit.settings.json'));
  progress(`\nThe estate goes on until Ctrl-C. In another terminal:\n\n${lines.join('')}`);
  progress(`or \`. ${relative('.', path)}\`, which says the same; and then, for one:\n`);
  progress(`npm run invoke --silent -- inactive-key-audit --settings ${settings}`);
  await told;
  rmSync(path);
  progress('\nThe estate is taken down …');
}

rmSync(FOLDER, { recursive: true, force: true });
mkdirSync(FOLDER, { recursive: true });
progress('Starting PostgreSQL 18 twice, TLS listeners and the stand-in for AWS on 127.0.0.1 …');
const estate = await startEstate({ withListeners: true, withBackups: true, withBlobs: true, withRotation: true });
try {
  show(await night(estate));
  if (options.keep) await keep(estate);
} finally {
  await estate.stop();
}
