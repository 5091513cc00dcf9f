/** What a cold start loads: gzipped bytes of each bundle, and the time to import it over that of a bare Node. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { KINDS } from '../functions/credential-rotation/contract.ts';
import { bundle } from '../lib/bundle.ts';
import { sideBySide } from './run.ts';

const ROUNDS = 21;
const RUNBOOKS = [
  'inactive-key-audit',
  'certificate-check',
  'watch',
  'credential-rotation/all',
  ...KINDS.map((kind) => `credential-rotation/${kind}`),
];

export async function benchBundles(): Promise<string[]> {
  const folders = RUNBOOKS.map((name) => ({ name, folder: bundle(name) }));
  const node = (name: string, ...args: string[]) => ({ name, command: process.execPath, args });
  const peers = folders.map(({ name, folder }) => node(name, join(folder, 'index.mjs')));
  const [bare, ...imports] = await sideBySide([node('bare Node', '-e', '0'), ...peers], ROUNDS);
  return folders.map(({ name, folder }, index) => {
    const overMs = ((imports[index]?.seconds ?? Number.NaN) - (bare?.seconds ?? 0)) * 1000;
    const kilobytes = gzippedBytes(folder) / 1000;
    return `${name}: import ${overMs.toFixed(0)} ms over bare Node (at most 90), ${kilobytes.toFixed(0)} KB gzipped (at most 250)`;
  });
}

function gzippedBytes(folder: string): number {
  const files = readdirSync(folder).map((file) => readFileSync(join(folder, file)));
  return files.reduce((bytes, file) => bytes + gzipSync(file, { level: 9 }).length, 0);
}
