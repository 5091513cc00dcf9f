/** `npm start`: a night on the local estate, in a minute, with no AWS account. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { Report } from '../functions/runtime/report.ts';
import { writePage } from '../lib/page.ts';
import { summarize } from '../lib/summary.ts';
import { startEstate } from '../local/estate.ts';
import { NIGHT, runOnce } from '../local/night.ts';

const FOLDER = resolve(import.meta.dirname, '../.nightshift/night');

const { values: options } = parseArgs({ options: { json: { type: 'boolean', default: false } } });

function progress(text: string): void {
  process.stderr.write(`${text}\n`);
}

async function night(): Promise<Report[]> {
  progress('Starting PostgreSQL 18 twice, TLS listeners and the stand-in for AWS on 127.0.0.1 …');
  const estate = await startEstate({ withListeners: true, withBackups: true, withBlobs: true });
  try {
    for (const note of estate.postgres.notes) progress(note);
    progress(`Alexander’s database has ${estate.planted.length} access keys, some of them with a planted fault.`);
    progress(`${estate.listeners?.listeners.length} listeners show certificates, most of them with one.`);
    for (const { plant, reason } of estate.listeners?.leftOut ?? []) progress(`Left out: ${plant}: ${reason}`);
    progress('A month of backups lies in a bucket, some of them with a planted fault.');
    progress('Blobs lie in another; nothing references some of them, and one is lost.');
    const reports: Report[] = [];
    for (const runbook of NIGHT) {
      progress(`Running ${runbook}, bundled as a deploy would upload it …`);
      reports.push(await runOnce(estate, runbook, FOLDER));
    }
    return reports;
  } finally {
    await estate.stop();
  }
}

function store(reports: Report[]): void {
  writeFileSync(join(FOLDER, 'night.json'), JSON.stringify({ night: reports }, null, 2));
  writePage(join(FOLDER, 'night.html'), reports);
}

rmSync(FOLDER, { recursive: true, force: true });
mkdirSync(FOLDER, { recursive: true });
const reports = await night();
store(reports);
if (options.json) process.stdout.write(`${JSON.stringify({ night: reports })}\n`);
else
  process.stdout.write(
    `${summarize(reports)}\n\nThe page: ${relative('.', join(FOLDER, 'night.html'))}\nThe reports: ${relative('.', join(FOLDER, 'night.json'))}\n`,
  );
