/** A restore, side by side with `gunzip | psql`, into the same PostgreSQL with the same encryption. */
import { spawnSync } from 'node:child_process';
import { createWriteStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { buildSync } from 'esbuild';
import pg from 'pg';
import { type Postgres, startPostgres } from '../local/postgres/server.ts';
import { type Peer, sideBySide } from './run.ts';

const ROUNDS = 3;
const MEGABYTES = { COPY: 200, INSERT: 40 };
type Kind = keyof typeof MEGABYTES;
const ROLE = 'restorer';

export async function benchRestore(): Promise<string[]> {
  if (spawnSync('psql', ['--version']).status !== 0) return ['restore: no psql on this machine'];
  const folder = mkdtempSync(join(tmpdir(), 'nightshift-bench-'));
  const server = await startPostgres({ dataRoot: '.nightshift/bench' });
  try {
    const env = await prepare(server, folder);
    const lines: string[] = [];
    for (const kind of ['COPY', 'INSERT'] as const) {
      const path = join(folder, `${kind}.sql.gz`);
      await pipeline(Readable.from(dumpOf(kind)), createGzip({ level: 1 }), createWriteStream(path));
      lines.push(lineOf(kind, await sideBySide(peersOf({ path, folder, env }), ROUNDS)));
      rmSync(path);
    }
    return lines;
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true });
  }
}

/** Two databases, so that neither finds what the other left. */
async function prepare({ admin, caPem, host, port }: Postgres, folder: string): Promise<Record<string, string>> {
  const client = new pg.Client(admin);
  await client.connect();
  await client.query(`CREATE ROLE ${ROLE} LOGIN CREATEDB PASSWORD '${admin.password}'`);
  for (const name of ['ours', 'theirs']) await client.query(`CREATE DATABASE ${name} OWNER ${ROLE}`);
  await client.end();
  const ca = join(folder, 'ca.pem');
  writeFileSync(ca, caPem);
  const login = { PGHOST: host, PGPORT: String(port), PGUSER: ROLE, PGPASSWORD: admin.password };
  return { ...login, PGSSLMODE: 'verify-full', PGSSLROOTCERT: ca, CA_PEM: caPem };
}

function peersOf({ path, folder, env }: { path: string; folder: string; env: Record<string, string> }): Peer[] {
  // As a deployed function has it: reading TypeScript is no part of a restore.
  const program = join(folder, 'restore.cjs');
  buildSync({
    entryPoints: [resolve(import.meta.dirname, 'run-restore.ts')],
    outfile: program,
    bundle: true,
    platform: 'node',
    external: ['pg-native'],
  });
  const psql = `set -o pipefail; gunzip -c ${path} | psql --quiet --no-psqlrc --output=/dev/null --set=ON_ERROR_STOP=1`;
  return [
    {
      name: 'restore',
      command: process.execPath,
      args: [program, path],
      env: { ...env, PGDATABASE: 'ours' },
    },
    { name: 'gunzip | psql', command: 'bash', args: ['-c', psql], env: { ...env, PGDATABASE: 'theirs' } },
  ];
}

const TABLE = 'id bigint NOT NULL, at timestamp with time zone, who text, what text, digest text';
const HEAD = `--\n-- PostgreSQL database dump\n--\n\nSET client_min_messages = warning;\nDROP TABLE IF EXISTS public.events;\nCREATE TABLE public.events (${TABLE});\n\n`;
const TAIL =
  '\nALTER TABLE ONLY public.events ADD CONSTRAINT events_pkey PRIMARY KEY (id);\n\n--\n-- PostgreSQL database dump complete\n--\n\n';
const ROWS_AT_ONCE = 1_000;

function* dumpOf(kind: Kind): Generator<string> {
  yield HEAD;
  if (kind === 'COPY') yield 'COPY public.events (id, at, who, what, digest) FROM stdin;\n';
  for (let [bytes, id] = [0, 0]; bytes < MEGABYTES[kind] * 1e6; id += ROWS_AT_ONCE) {
    const text = Array.from({ length: ROWS_AT_ONCE }, (_, n) => rowOf(kind, id + n)).join('');
    bytes += text.length;
    yield text;
  }
  yield kind === 'COPY' ? `\\.\n\n${TAIL}` : TAIL;
}

function rowOf(kind: Kind, id: number): string {
  const digest = Math.imul(id + 1, 2_654_435_761)
    .toString(16)
    .padStart(9, '0')
    .repeat(6);
  const fields = ['2026-03-01 12:00:00+00', `user ${id % 9_973}`, 'opened the drawing; looked at it', digest];
  if (kind === 'COPY') return `${[id, ...fields].join('\t')}\n`;
  return `INSERT INTO public.events VALUES (${id}, ${fields.map((field) => `'${field}'`).join(', ')});\n`;
}

function lineOf(kind: Kind, [ours, theirs]: Awaited<ReturnType<typeof sideBySide>>): string {
  const ratio = (theirs?.seconds ?? Number.NaN) / (ours?.seconds ?? Number.NaN);
  const cpu = (theirs?.cpuSeconds ?? Number.NaN) / (ours?.cpuSeconds ?? Number.NaN);
  const least = kind === 'COPY' ? 0.9 : 2.5;
  return `restore of ${MEGABYTES[kind]} MB of ${kind}: ${ratio.toFixed(2)} times as fast as gunzip | psql (at least ${least}; ${ours?.seconds.toFixed(1)} s), ${cpu.toFixed(2)} by the time of the CPU, peak RSS ${ours?.peakMb?.toFixed(0)} MB (at most 128)`;
}
