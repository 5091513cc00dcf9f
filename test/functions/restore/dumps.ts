/** Dumps made by hand, a scratch database to restore them into, and what is in it afterwards. */
import pg from 'pg';
import type { DumpItem } from '../../../functions/dump/dump.ts';
import { type Restored, restoreDump } from '../../../functions/restore/restore.ts';
import type { Deadline } from '../../../functions/runtime/deadline.ts';
import { enterScratch, makeScratch } from '../../../functions/scratch/scratch.ts';
import type { Isolated } from '../scratch/isolated.ts';

export function sql(...statements: string[]): DumpItem {
  return { kind: 'statements', statements: statements.map((text, index) => ({ sql: text, at: `line ${index + 1}` })) };
}

/** @param lines rows in COPY's text format */
export function copy(table: string, lines: string[], text = `COPY public.${table} FROM stdin;`): DumpItem {
  return { kind: 'copy', table: { schema: 'public', table }, sql: text, at: 'line 9', data: piecesOf(lines) };
}

/** In two pieces, cut where a row is not at its end. */
async function* piecesOf(lines: string[]): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
  const half = Math.floor(bytes.length / 2);
  yield bytes.subarray(0, half);
  yield bytes.subarray(half);
}

export function largeObject(oid: string, ...pieces: string[]): DumpItem {
  return { kind: 'large object', oid, at: 'entry 5', entry: 5, data: bytesOf(pieces) };
}

async function* bytesOf(pieces: string[]): AsyncGenerator<Buffer> {
  for (const piece of pieces) yield Buffer.from(piece);
}

export function command(text: string): DumpItem {
  return { kind: 'psql command', text, at: 'line 3' };
}

export async function* dumpOf(...items: DumpItem[]): AsyncGenerator<DumpItem> {
  yield* items;
}

let runs = 0;

type Asked = { madeBy?: string[]; workMs?: number; into?: string; isResumed?: boolean; deadline?: Deadline };

/** @returns the database too, which stays for the test to look into; the file's server goes in the end */
export async function restore(
  isolated: Isolated,
  items: AsyncIterable<DumpItem>,
  { madeBy = ['18.0'], workMs = 20_000, into, isResumed, deadline }: Asked = {},
): Promise<Restored & { database: string }> {
  const run = isolated.run({ runId: `run-${++runs}`, workMs });
  const database = into ?? (await makeScratch(run));
  const session = await enterScratch(run, database, run.deadline);
  try {
    const restored = await restoreDump(session, items, {
      deadline: deadline ?? run.deadline,
      madeBy,
      ...(isResumed !== undefined && { isResumed }),
    });
    return { ...restored, database };
  } finally {
    await session.close();
  }
}

/** As the superuser sees it. */
export async function rowsIn(isolated: Isolated, database: string, query: string): Promise<unknown[]> {
  const client = new pg.Client({ ...isolated.server.admin, database });
  await client.connect();
  try {
    return (await client.query({ text: query, rowMode: 'array' })).rows;
  } finally {
    await client.end();
  }
}

/** Class, code and statement of each problem. */
export function briefly({ problems }: Restored): string[] {
  return problems.map((problem) => `${problem.class} ${problem.sqlState ?? '-'} ${problem.statement}`);
}
