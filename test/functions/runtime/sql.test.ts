import fc from 'fast-check';
import pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SqlIdentifier } from '../../../functions/runtime/contract.ts';
import { copiedRows, type Fields, literal, quoted } from '../../../functions/runtime/sql.ts';
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

async function* cut(bytes: Buffer, sizes: number[]): AsyncGenerator<Buffer> {
  let at = 0;
  for (let turn = 0; at < bytes.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

async function copied(sql: string): Promise<Buffer> {
  return Buffer.concat(await client.query(copyTo(sql)).toArray());
}

async function parsed<Row>(pieces: AsyncIterable<Buffer>, read: (fields: Fields) => Row): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const some of copiedRows(pieces, read)) rows.push(...some);
  return rows;
}

const threeTexts = ({ text }: Fields) => [text() ?? null, text() ?? null, text() ?? null];

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
        expect(await parsed(cut(output, pieceSizes), threeTexts)).toEqual(stored);
      }),
      { numRuns: 150 },
    );
  });

  it('tell NULL from an empty text and from the text \\N', async () => {
    const output = await copied(String.raw`COPY (VALUES (NULL, '', '\N')) TO STDOUT`);
    expect(await parsed(cut(output, [3]), threeTexts)).toEqual([[null, '', '\\N']]);
  });

  it('are none where there are none', async () => {
    expect(await parsed(cut(Buffer.alloc(0), [1]), threeTexts)).toEqual([]);
  });

  it('are all read, also where more of them arrive at once than are read as one text', async () => {
    const output = await copied('COPY (SELECT n FROM generate_series(1, 50000) AS n) TO STDOUT');
    const numbers = await parsed(cut(output, [100_000]), ({ number }) => number());
    expect(numbers).toEqual(Array.from({ length: 50_000 }, (_, index) => index + 1));
  });

  it('hold numbers and truths as PostgreSQL writes them', async () => {
    const numbers = `'-1.5'::float8, 'infinity'::float8, '-infinity'::float8, 1795132800::float8, 1e300::float8, NULL::float8`;
    const output = await copied(`COPY (SELECT ${numbers}, true, false, NULL::boolean) TO STDOUT`);
    const read = ({ number, boolean }: Fields) => [
      ...Array.from({ length: 6 }, () => number()),
      ...Array.from({ length: 3 }, () => boolean()),
    ];
    expect(await parsed(cut(output, [7]), read)).toEqual([
      [-1.5, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1795132800, 1e300, undefined, true, false, undefined],
    ]);
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
