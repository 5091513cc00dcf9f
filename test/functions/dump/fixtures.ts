/** Real output of pg_dump, and what was planted in the databases that it was made from. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DumpItem } from '../../../functions/dump/dump.ts';

const FOLDER = join(import.meta.dirname, '../../fixtures/dumps');
const INPUTS = ['everything.sql', 'since-14.sql'];

export const fixture = (name: string): Buffer => readFileSync(join(FOLDER, name));

export const FIXTURES: string[] = readdirSync(FOLDER).filter(
  (name) => /\.(sql|dump|gz|zst|lz4)$/.test(name) && !INPUTS.includes(name),
);

const EVERYTHING = [
  ['We;ird "Schema', 'We;ird "Table', 7],
  ['public', 'children', 9],
  ['public', 'empty', 0],
  ['public', 'no_columns', 2],
  ['public', 'parents', 5],
  ['public', 'parted', 0],
  ['public', 'parted_2025', 30],
  ['public', 'parted_rest', 10],
  ['public', 'texts', 10],
  ['public', 'unlogged', 3],
] as const;
const ALEXANDER = [
  ['public', 'access_keys', 25],
  ['public', 'users', 13],
] as const;
const OLD_STRINGS = [['public', 'strings', 3]] as const;

export function plantedIn(name: string) {
  const planted = name.startsWith('everything') ? EVERYTHING : name.startsWith('alex') ? ALEXANDER : OLD_STRINGS;
  return planted.map(([schema, table, rows]) => ({ schema, table, rows }));
}

/** The same bytes in pieces of these sizes, over and over. */
export async function* pieces(bytes: Buffer, sizes: number[] = [bytes.length]): AsyncGenerator<Buffer> {
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const size = Math.max(1, sizes[turn % sizes.length] ?? 1);
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

/** As plain values: statements one by one, and data as one text. */
export async function told(items: AsyncIterable<DumpItem>) {
  const all: { kind: string; text: string; at: string; data?: string; entry?: number | undefined }[] = [];
  for await (const item of items) {
    if (item.kind === 'statements') {
      all.push(...item.statements.map(({ sql, at, entry }) => ({ kind: 'statement', text: sql, at, entry })));
    } else if (item.kind === 'psql command') all.push({ ...item });
    else {
      const data = (await whole(item.data)).toString('latin1');
      all.push({
        kind: item.kind,
        text: item.kind === 'copy' ? item.sql : item.oid,
        at: item.at,
        data,
        entry: item.entry,
      });
    }
  }
  return all;
}

async function whole(data: AsyncIterable<Buffer>): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of data) parts.push(part);
  return Buffer.concat(parts);
}
