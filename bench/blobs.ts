/** The merge of rows and objects, and the listing, side by side with what people do instead. */
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import pg from 'pg';
import { selectRows } from '../functions/orphan-blob-gc/rows.ts';
import { NODE_OPTIONS } from '../lib/node-options.ts';
import { startStandIn } from '../local/aws/stand-in.ts';
import { insertManyBlobs, manyKeys, manyMapping, manySound } from '../local/blobs/many.ts';
import { BLOB_TABLES } from '../local/blobs/schema.ts';
import { type Postgres, startPostgres } from '../local/postgres/server.ts';
import { type Measured, type Peer, sideBySide } from './run.ts';

const ROUNDS = 3;
const SERVER = { shared_buffers: '1GB', work_mem: '64MB', maintenance_work_mem: '512MB', max_wal_size: '8GB' };
const DATA_ROOT = resolve(import.meta.dirname, '../.nightshift/postgres');
const LISTED = 100_000;
const PEER = resolve(import.meta.dirname, 'blobs-peer.ts');

export async function benchBlobs(count = 5_000_000): Promise<string[]> {
  return [...(await benchDiff(count)), ...(await benchListing())];
}

async function benchDiff(count: number): Promise<string[]> {
  const postgres = await startPostgres({ dataRoot: DATA_ROOT, settings: SERVER });
  try {
    const client = new pg.Client(postgres.admin);
    await client.connect();
    await client.query(BLOB_TABLES);
    await insertManyBlobs(client, count);
    await client.end();
    return diffLines(count, await sideBySide(diffPeers(postgres, count), ROUNDS));
  } finally {
    await postgres.stop();
  }
}

function diffPeers(postgres: Postgres, count: number): Peer[] {
  const env = {
    BENCH_LOGIN: JSON.stringify({ ...postgres.admin, dbname: 'postgres', ssl: undefined }),
    BENCH_CA: postgres.caPem,
    NODE_OPTIONS,
  };
  const peer = (name: string): Peer => ({ name, command: process.execPath, args: [PEER, name, String(count)], env });
  return [peer('diff'), ...(hasPsql() ? [psqlOf(postgres)] : []), peer('anti-join'), peer('listing alone')];
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
    `${count} blobs: diff ${seconds('diff').toFixed(1)} s (of which making up a listing ${seconds('listing alone').toFixed(1)} s), peak RSS ${of('diff')?.peakMb?.toFixed(0)} MB (at most 128)`,
    of('psql')
      ? `  psql COPY > /dev/null takes ${ratio('psql')} of its time (at least 0.8)`
      : '  no psql on this machine',
    `  an anti-join for each page takes ${ratio('anti-join')} times as long (at least 4)`,
  ];
}

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
    const ratio = ((own?.seconds ?? Number.NaN) / (sdk?.seconds ?? Number.NaN)).toFixed(2);
    return [`  a listing of ${LISTED} keys takes ${ratio} of the SDK’s own paginator’s time (at most 1.1)`];
  } finally {
    await aws.stop();
  }
}
