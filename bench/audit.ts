/** The audit of many keys, side by side with what people do today, on one server with the same settings for all. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import pg from 'pg';
import { bundle } from '../lib/bundle.ts';
import { NODE_OPTIONS } from '../lib/node-options.ts';
import { insertKeys } from '../local/alexander/many-keys.ts';
import { type Estate, startEstate } from '../local/estate.ts';
import { type Measured, type Peer, sideBySide } from './run.ts';

const ROUNDS = 3;
const SERVER = { shared_buffers: '1GB', work_mem: '64MB', maintenance_work_mem: '512MB', max_wal_size: '8GB' };

/** The systems' own access review: every key by its last use, and those that nobody used for 90 days. */
const COLUMNS = 'ak.access_key_id, u.username, ak.created_at, ak.last_used_at, ak.status';
const FROM = 'FROM public.access_keys ak JOIN public.users u ON ak.user_id = u.id';
const LIST = `SELECT ${COLUMNS} ${FROM} ORDER BY ak.last_used_at DESC NULLS LAST`;
const IDLE = `SELECT ak.access_key_id, u.username ${FROM} WHERE ak.last_used_at < now() - interval '90 days' OR ak.last_used_at IS NULL`;

export async function benchAudit(counts: number[]): Promise<string[]> {
  const lines = [`server: ${JSON.stringify(SERVER)}; medians of ${ROUNDS} interleaved runs`];
  const peaks: number[] = [];
  for (const count of counts) {
    const measured = await measure(count);
    lines.push(...linesOf(count, measured));
    peaks.push(measured.find(({ name }) => name === 'audit')?.peakMb ?? Number.NaN);
  }
  const [first = Number.NaN, last = Number.NaN] = [peaks[0], peaks.at(-1)];
  return [
    ...lines,
    `peak RSS at ${counts.at(-1)} keys over that at ${counts[0]}: ${(last / first).toFixed(2)} (at most 1.1)`,
  ];
}

async function measure(count: number): Promise<Measured[]> {
  const estate = await startEstate({ serverSettings: SERVER });
  const folder = mkdtempSync(join(tmpdir(), 'nightshift-bench-'));
  try {
    await fill(estate, count);
    return await sideBySide(peersOf(estate, folder), ROUNDS);
  } finally {
    rmSync(folder, { recursive: true });
    await estate.stop();
  }
}

async function fill({ alexander: { owner, shape } }: Estate, count: number): Promise<void> {
  const client = new pg.Client(owner);
  await client.connect();
  await insertKeys(client, count, { shape });
  await client.query('VACUUM ANALYZE');
  await client.end();
}

function peersOf(estate: Estate, folder: string): Peer[] {
  const settings = join(folder, 'settings.json');
  writeFileSync(settings, JSON.stringify(estate.settingsOf('inactive-key-audit')));
  const { username, password, host, port, dbname } = estate.alexander.secrets.reader;
  const url = `postgres://${username}:${password}@${host}:${port}/${dbname}`;
  const script = (name: string) => resolve(import.meta.dirname, name);
  const ca = join(folder, 'ca.pem');
  writeFileSync(ca, estate.postgres.caPem);
  const copy = `psql "${url}?sslmode=verify-full&sslrootcert=${ca}" -qc "COPY (${LIST}) TO STDOUT CSV" | gzip -6 > ${join(folder, 'psql.csv.gz')}`;
  return [
    {
      name: 'audit',
      command: process.execPath,
      args: [script('run-bundle.ts'), bundle('inactive-key-audit'), settings],
      // As it is deployed; bundled before, so that the peak is the function’s own.
      env: { ...estate.environmentOf('inactive-key-audit report'), NODE_OPTIONS },
    },
    {
      name: 'into memory',
      command: process.execPath,
      args: ['--max-old-space-size=16000', script('read-into-memory.ts'), url],
      env: { BENCH_CA: estate.postgres.caPem, BENCH_LIST: LIST, BENCH_IDLE: IDLE },
    },
    ...(spawnSync('psql', ['--version']).status === 0
      ? [{ name: 'psql | gzip -6', command: 'bash', args: ['-o', 'pipefail', '-c', copy] }]
      : []),
  ];
}

function linesOf(count: number, measured: Measured[]): string[] {
  const [audit, memory, psql] = measured;
  const ratio = (peer: Measured | undefined) =>
    ((peer?.seconds ?? Number.NaN) / (audit?.seconds ?? Number.NaN)).toFixed(2);
  return [
    `${count} keys: audit ${audit?.seconds.toFixed(1)} s, peak RSS ${audit?.peakMb?.toFixed(0)} MB (at most 128)`,
    `  reading the review into memory takes ${ratio(memory)} times as long (at least 2), at ${memory?.peakMb?.toFixed(0)} MB`,
    psql
      ? `  psql … | gzip -6 takes ${ratio(psql)} times as long (at least 1)`
      : '  psql … | gzip -6: no psql on this machine',
  ];
}
