/** The scan of a large dump, side by side with a bare Node that only takes the compression off, and with `gzip -t`. */
import { spawnSync } from 'node:child_process';
import { createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { buildSync } from 'esbuild';
import { NODE_OPTIONS } from '../lib/node-options.ts';
import { type Measured, type Peer, sideBySide } from './run.ts';

const ROUNDS = 5;
const MEGABYTES = 500;
type Kind = 'COPY' | 'INSERT' | 'INSERT of 1,000';

export async function benchScan(): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'nightshift-bench-'));
  const lines: string[] = [];
  try {
    const script = bundled(folder);
    for (const kind of ['COPY', 'INSERT', 'INSERT of 1,000'] as const) {
      const path = join(folder, `${kind}.sql.gz`);
      await pipeline(Readable.from(dumpOf(kind)), createGzip(), createWriteStream(path));
      lines.push(...linesOf(kind, await sideBySide(peersOf(script, path), ROUNDS)));
      rmSync(path);
    }
    return lines;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Bundled as a function is, and with its options: Node’s own reading of TypeScript takes memory too. */
function bundled(folder: string): string {
  const outfile = join(folder, 'scan-file.mjs');
  const entryPoints = [resolve(import.meta.dirname, 'scan-file.ts')];
  buildSync({ entryPoints, outfile, bundle: true, platform: 'node', format: 'esm', logLevel: 'warning' });
  return outfile;
}

function peersOf(script: string, path: string): Peer[] {
  const node = (what: string) => ({ command: process.execPath, args: [script, what, path] });
  return [
    { name: 'scan', ...node('scan'), env: { NODE_OPTIONS } },
    { name: 'bare gunzip', ...node('gunzip') },
    ...(spawnSync('gzip', ['--version']).status === 0
      ? [{ name: 'gzip -t', command: 'gzip', args: ['-t', path] }]
      : []),
  ];
}

const HEAD = `--\n-- PostgreSQL database dump\n--\n\nCREATE TABLE public.events (\n    id bigint NOT NULL,\n    at timestamp with time zone,\n    who text,\n    what text,\n    digest text\n);\n\n`;
const TAIL = '\n--\n-- PostgreSQL database dump complete\n--\n\n';
const ROWS_AT_ONCE = 1_000;

function* dumpOf(kind: Kind): Generator<string> {
  yield kind === 'COPY' ? `${HEAD}COPY public.events (id, at, who, what, digest) FROM stdin;\n` : HEAD;
  let random = 1;
  for (let [bytes, id] = [0, 0]; bytes < MEGABYTES * 1e6; ) {
    const rows = Array.from({ length: ROWS_AT_ONCE }, () => {
      random = (random * 48_271) % 0x7fff_ffff;
      id += 1;
      return rowOf(id, random);
    });
    const text = textOf(kind, rows);
    bytes += text.length;
    yield text;
  }
  yield kind === 'COPY' ? `\\.\n\n${TAIL}` : TAIL;
}

function rowOf(id: number, random: number): string[] {
  const at = new Date(1.7e12 + id * 731).toISOString().replace('T', ' ').replace('Z', '+00');
  const digest = (random * 0x9e37_79b1).toString(16).padStart(16, '0') + random.toString(36);
  return [String(id), at, `user-${random % 5_000}@alexander.example`, `object ${random % 90_000} was read`, digest];
}

function textOf(kind: Kind, rows: string[][]): string {
  if (kind === 'COPY') return rows.map((row) => `${row.join('\t')}\n`).join('');
  const tuples = rows.map(([id, ...texts]) => `(${id}, ${texts.map((text) => `'${text}'`).join(', ')})`);
  if (kind === 'INSERT') return tuples.map((tuple) => `INSERT INTO public.events VALUES ${tuple};\n`).join('');
  return `INSERT INTO public.events VALUES\n\t${tuples.join(',\n\t')};\n\n`;
}

function linesOf(kind: Kind, [scan, bare, gzip]: Measured[]): string[] {
  const ratio = (peer: Measured, of: 'seconds' | 'cpuSeconds') => (peer[of] / (scan?.[of] ?? Number.NaN)).toFixed(2);
  const beside = (peer: Measured, least: number) =>
    `  ${ratio(peer, 'seconds')} times as fast as ${peer.name} (at least ${least}), ${ratio(peer, 'cpuSeconds')} by the time of the CPU`;
  return [
    `scan of ${MEGABYTES} MB of ${kind}, gzipped: ${scan?.seconds.toFixed(2)} s (CPU ${scan?.cpuSeconds.toFixed(2)} s), peak RSS ${scan?.peakMb?.toFixed(0)} MB (at most 128)`,
    bare ? beside(bare, 0.85) : '  no bare Node gunzip was measured',
    gzip ? beside(gzip, 1.7) : '  gzip -t: no gzip on this machine',
  ];
}
