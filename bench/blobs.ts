/** The merge of rows and objects, and the listing, side by side with what people do instead; and how fast orphans are quarantined. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import pg from 'pg';
import { selectRows } from '../functions/orphan-blob-gc/rows.ts';
import { NODE_OPTIONS } from '../lib/node-options.ts';
import { startStandIn } from '../local/aws/stand-in.ts';
import { insertManyBlobs, manyKeys, manyMapping, manySound } from '../local/blobs/many.ts';
import { BLOB_TABLES } from '../local/blobs/schema.ts';
import { type Postgres, startPostgres } from '../local/postgres/server.ts';
import { writeListing } from './listing-file.ts';
import { benchQuarantine } from './quarantine.ts';
import { type Measured, type Peer, sideBySide } from './run.ts';

const ROUNDS = 3;
const MEMORY = { shared_buffers: '1GB', work_mem: '64MB', maintenance_work_mem: '512MB', max_wal_size: '8GB' };
/** At work on fresh rows, autovacuum keeps VACUUM from finding them visible to all, which the anti-join would pay for. */
const SERVER = { ...MEMORY, autovacuum: 'off' };
const DATA_ROOT = resolve(import.meta.dirname, '../.nightshift/postgres');
const LISTED = 100_000;
const PEER = resolve(import.meta.dirname, 'blobs-peer.ts');

/** Memory is measured at a fifth and at twice as many. */
export async function benchBlobs(count = 5_000_000): Promise<string[]> {
  return [
    ...(await speedLines(count)),
    await memoryLine(count / 5, count * 2),
    ...(await benchListing()),
    ...(await benchQuarantine()),
  ];
}

type Ready = { postgres: Postgres; listing: string; count: number };

/** So many rows and a listing of as many objects, for as long as `work` takes. */
async function withBlobs<Result>(count: number, work: (ready: Ready) => Promise<Result>): Promise<Result> {
  const postgres = await startPostgres({ dataRoot: DATA_ROOT, settings: SERVER });
  const folder = mkdtempSync(join(tmpdir(), 'nightshift-bench-'));
  try {
    const client = new pg.Client(postgres.admin);
    await client.connect();
    await client.query(BLOB_TABLES);
    await insertManyBlobs(client, count);
    await client.end();
    const listing = join(folder, 'listing');
    await writeListing(listing, count);
    return await work({ postgres, listing, count });
  } finally {
    rmSync(folder, { recursive: true });
    await postgres.stop();
  }
}

async function speedLines(count: number): Promise<string[]> {
  return withBlobs(count, async (ready) => {
    const others = [peerOf(ready, 'anti-join'), peerOf(ready, 'listing alone')];
    const peers = [peerOf(ready, 'diff'), ...(hasPsql() ? [psqlOf(ready.postgres)] : []), ...others];
    return diffLines(count, await sideBySide(peers, ROUNDS));
  });
}

async function memoryLine(few: number, many: number): Promise<string> {
  const peakMb = async (count: number) => {
    const [diff] = await withBlobs(count, (ready) => sideBySide([peerOf(ready, 'diff')], 1));
    return diff?.peakMb ?? Number.NaN;
  };
  const [least, most] = [await peakMb(few), await peakMb(many)];
  return `  peak RSS ${least.toFixed(0)} MB at ${few} and ${most.toFixed(0)} MB at ${many}: ${(most / least).toFixed(2)} times as much (at most 1.1)`;
}

function peerOf({ postgres, listing, count }: Ready, name: string): Peer {
  const env = {
    BENCH_LOGIN: JSON.stringify({ ...postgres.admin, dbname: 'postgres', ssl: undefined }),
    BENCH_CA: postgres.caPem,
    BENCH_LISTING: listing,
    NODE_OPTIONS,
  };
  return { name, command: process.execPath, args: [PEER, name, String(count)], env };
}

function hasPsql(): boolean {
  return spawnSync('psql', ['--version']).status === 0;
}

/** The very statement that the diff sends, and nothing done with what comes. */
function psqlOf({ port, admin }: Postgres): Peer {
  const sql = selectRows(manyMapping, new Set(), '', manySound).replaceAll(/\s+/g, ' ');
  const script = `psql -qX -h localhost -p ${port} -U postgres -c "SET work_mem = '64MB'" -c "$SQL" > /dev/null`;
  const env = { PGPASSWORD: admin.password, PGSSLMODE: 'require', SQL: `COPY (${sql}) TO STDOUT` };
  return { name: 'psql', command: 'bash', args: ['-c', script], env };
}

function diffLines(count: number, measured: Measured[]): string[] {
  const of = (name: string) => measured.find((one) => one.name === name);
  const seconds = (name: string) => of(name)?.seconds ?? Number.NaN;
  const ratio = (name: string) => (seconds(name) / seconds('diff')).toFixed(2);
  return [
    `${count} blobs: diff ${seconds('diff').toFixed(1)} s (of which starting and reading the listing ${seconds('listing alone').toFixed(1)} s), peak RSS ${of('diff')?.peakMb?.toFixed(0)} MB (at most 128)`,
    of('psql')
      ? `  psql COPY > /dev/null takes ${ratio('psql')} of its time (at least 0.8)`
      : '  no psql on this machine',
    `  an anti-join for each page takes ${ratio('anti-join')} times as long (at least 4)`,
  ];
}

/** CPU is what it costs: the rest of the time is the store’s. */
async function benchListing(): Promise<string[]> {
  const aws = await startStandIn();
  try {
    aws.createBucket('blobs');
    for (const key of manyKeys(LISTED)) aws.putObject('blobs', key, 'x');
    const { accessKeyId, secretAccessKey } = aws.credentialsFor('bench');
    const env = {
      AWS_ENDPOINT_URL: aws.endpoint,
      AWS_REGION: aws.region,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      NODE_OPTIONS,
    };
    const peer = (name: string): Peer => ({ name, command: process.execPath, args: [PEER, name, String(LISTED)], env });
    const [own, sdk] = await sideBySide([peer('list'), peer('paginate')], ROUNDS);
    const ratio = ((own?.cpuSeconds ?? Number.NaN) / (sdk?.cpuSeconds ?? Number.NaN)).toFixed(2);
    return [`  a listing of ${LISTED} keys takes ${ratio} of the SDK’s own paginator’s CPU (at most 1.1)`];
  } finally {
    await aws.stop();
  }
}
