import fc from 'fast-check';
import pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SqlIdentifier } from '../../../functions/runtime/contract.ts';
import { copiedRows, literal, quoted } from '../../../functions/runtime/sql.ts';
import { type Postgres, startPostgres } from '../../../local/postgres/server.ts';

let server: Postgres;
let client: pg.Client;

beforeAll(async () => {
  server = await startPostgres({ dataRoot: '.nightshift/test' });
  client = new pg.Client(server.admin);
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await server.stop();
});

/** Any text that PostgreSQL can hold, with more than its share of what has a meaning somewhere. */
const text = fc.string({
  unit: fc.oneof(
    fc.constantFrom('\\', '\t', '\n', '\r', '\b', '\f', '\v', '"', "'", '$', ';', '.', 'N', 'é', '\u2028', '\u{1F600}'),
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }).filter((unit) => !unit.includes('\0')),
  ),
});
const row = fc.tuple(fc.option(text), fc.option(text), fc.option(text));

async function* cut(bytes: string, sizes: number[]): AsyncGenerator<string> {
  let at = 0;
  for (let turn = 0; at < bytes.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1;
    yield bytes.slice(at, at + size);
    at += size;
  }
}

async function copied(sql: string): Promise<string> {
  let all = '';
  for await (const piece of client.query(copyTo(sql)).setEncoding('utf8')) all += piece;
  return all;
}

async function parsed(pieces: AsyncIterable<string>): Promise<(string | null)[][]> {
  const rows: (string | null)[][] = [];
  for await (const some of copiedRows(pieces)) rows.push(...some);
  return rows;
}

describe('rows that PostgreSQL copies out', () => {
  it('are read as they are stored, whatever they hold and however the pieces are cut', async () => {
    await client.query('CREATE TABLE copied (at integer PRIMARY KEY, a text, b text, c text)');
    const rows = fc.array(row, { maxLength: 20 });
    const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(rows, sizes, async (stored, pieceSizes) => {
        await client.query('TRUNCATE copied');
        await client.query(
          `INSERT INTO copied SELECT o, r->>0, r->>1, r->>2 FROM jsonb_array_elements($1) WITH ORDINALITY AS s (r, o)`,
          [JSON.stringify(stored)],
        );
        const output = await copied('COPY (SELECT a, b, c FROM copied ORDER BY at) TO STDOUT');
        expect(await parsed(cut(output, pieceSizes))).toEqual(stored);
      }),
      { numRuns: 150 },
    );
  });

  it('tell NULL from an empty text and from the text \\N', async () => {
    const output = await copied(String.raw`COPY (VALUES (NULL, '', '\N')) TO STDOUT`);
    expect(await parsed(cut(output, [3]))).toEqual([[null, '', '\\N']]);
  });

  it('are none where there are none', async () => {
    expect(await parsed(cut('', [1]))).toEqual([]);
  });
});

/** What any client can name, shorter than PostgreSQL would cut. */
const anyName = text.filter((name) => name !== '' && Buffer.byteLength(name) <= 63);

describe('F21 a hostile name', () => {
  it('is one column’s name and nothing else once it is quoted', async () => {
    await fc.assert(
      fc.asyncProperty(anyName, anyName, async (table, column) => {
        const sql = `WITH ${quoted(table)} AS (SELECT 1 AS ${quoted(column)}) SELECT ${quoted(table, column)} FROM ${quoted(table)}`;
        const { rows, fields } = await client.query(sql);
        expect(fields.map(({ name }) => name)).toEqual([column]);
        expect(rows).toHaveLength(1);
      }),
      { numRuns: 300 },
    );
  });

  it('is one constant once it is a literal', async () => {
    await fc.assert(
      fc.asyncProperty(text, async (value) => {
        const { rows } = await client.query({ text: `SELECT ${literal(value)}::text`, rowMode: 'array' });
        expect(rows).toEqual([[value]]);
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    'keys"; DROP TABLE users; --',
    "keys' OR ''='",
    'public.keys',
    'keys\0',
    'a'.repeat(64),
    'é',
    '1keys',
    'ke ys',
    'keys\n',
    '',
    'keys;',
    '$keys',
  ])('is not let into settings: %j', (name) => {
    expect(SqlIdentifier.safeParse(name).success).toBe(false);
  });

  it('that settings do let in is never cut or changed by PostgreSQL', async () => {
    const names = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_$]{0,62}$/);
    await fc.assert(
      fc.asyncProperty(names, async (name) => {
        expect(SqlIdentifier.parse(name)).toBe(name);
        const { fields } = await client.query(`SELECT 1 AS ${quoted(name)}`);
        expect(fields[0]?.name).toBe(name);
      }),
      { numRuns: 200 },
    );
  });
});
