import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readDump } from '../../../functions/dump/read.ts';
import { scanDump } from '../../../functions/dump/scan.ts';
import { FIXTURES, fixture, pieces, told } from './fixtures.ts';

const READABLE = FIXTURES.filter((name) => !name.includes('lz4'));
const names = fc.constantFrom(...READABLE);
const sizes = fc.array(fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 9_000 })), {
  minLength: 1,
  maxLength: 12,
});

describe('the pieces in which a dump arrives', () => {
  it.each(READABLE)('%s reads the same byte by byte as in one piece', async (name) => {
    const bytes = fixture(name);
    expect(await told(readDump(pieces(bytes, [1])))).toEqual(await told(readDump(pieces(bytes))));
    expect(await scanDump(pieces(bytes, [1]))).toEqual(await scanDump(pieces(bytes)));
  });

  it('make no difference to what is read', async () => {
    const whole = new Map<string, unknown>();
    for (const name of READABLE) whole.set(name, await told(readDump(pieces(fixture(name)))));
    await fc.assert(
      fc.asyncProperty(names, sizes, async (name, some) => {
        expect(await told(readDump(pieces(fixture(name), some)))).toEqual(whole.get(name));
      }),
    );
  });

  it('make no difference to what is counted', async () => {
    await fc.assert(
      fc.asyncProperty(names, sizes, async (name, some) => {
        expect(await scanDump(pieces(fixture(name), some))).toEqual(await scanDump(pieces(fixture(name))));
      }),
    );
  });
});

describe('INSERTs that begin alike', () => {
  const value = fc.constantFrom(
    `1`,
    `-1`,
    `NULL`,
    `'a;b'`,
    `'it''s);'`,
    `'a (long) one, longer than sixty-four bytes, so that its end is searched for; and then)'`,
    `'INSERT INTO public.a VALUES (1);'`,
    `'\nINSERT INTO public.a VALUES ('`,
    `E'esc\\');\\'aped'`,
    `$$);$$`,
    `$a$'$a$`,
    `(1, 2)`,
    `1 /* ); ' */`,
    `1 -- ); '\n`,
    `"a);"`,
    `'back\\'`,
  );
  const row = fc.array(value, { minLength: 1, maxLength: 4 }).map((values) => `(${values.join(', ')})`);
  const insert = fc
    .tuple(fc.constantFrom('public.a', 'public.a2', 'public.b'), fc.array(row, { minLength: 1, maxLength: 3 }))
    .map(([table, rows]) => `INSERT INTO ${table} VALUES ${rows.join(',\n\t')};`);
  const between = fc.constantFrom('\n', '\n\n', '', ' ; ', '\n-- a remark;\n', '\nSELECT 1;\n');
  const dumpOf = (sql: string) =>
    Buffer.from(`--\n-- PostgreSQL database dump\n--\n\n${sql}\n--\n-- PostgreSQL database dump complete\n--\n\n`);
  const rowsOf = async (sql: string, some?: number[]) => {
    const { tables, defect } = await scanDump(pieces(dumpOf(sql), some));
    return { defect, rows: Object.fromEntries(tables.map(({ table, rows }) => [table, rows])) };
  };

  it('have as many rows together as each has by itself', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(insert, between), { minLength: 1, maxLength: 8 }),
        sizes,
        async (all, some) => {
          const rows: Record<string, number> = {};
          for (const [sql] of all) {
            for (const [table, more] of Object.entries((await rowsOf(sql)).rows))
              rows[table] = (rows[table] ?? 0) + more;
          }
          expect(await rowsOf(all.flat().join(''), some)).toEqual({ defect: undefined, rows });
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('a dump that was cut anywhere', () => {
  it('F70 is never in order', async () => {
    await fc.assert(
      fc.asyncProperty(names, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), async (name, share) => {
        const bytes = fixture(name);
        const kept = Math.floor(share * bytes.length);
        fc.pre(kept < wholeWithin(bytes));
        const { defect } = await scanDump(pieces(bytes.subarray(0, kept), [1_000]));
        expect(defect?.kind).toMatch(/^(empty|not a dump|cut off|no end|corrupt)$/);
      }),
      { numRuns: 400 },
    );
  });

  it.each(READABLE)('F70 is never in order without its end: %s', async (name) => {
    const bytes = fixture(name);
    for (let kept = wholeWithin(bytes) - 1; kept > bytes.length - 120; kept -= 1) {
      expect((await scanDump(pieces(bytes.subarray(0, kept)))).defect, `${kept} bytes`).toBeDefined();
    }
  });
});

describe('a dump with a bit flipped anywhere', () => {
  const checked = fc.constantFrom('everything-18.sql.gz', 'alexander-18.sql.gz');

  it('F70 is never in order where it carries a checksum, but for the few bits that gzip itself makes nothing of', async () => {
    await fc.assert(
      fc.asyncProperty(checked, fc.nat(), fc.nat(7), async (name, place, bit) => {
        const bytes = Buffer.from(fixture(name));
        // Before it are the time, the level and the system: not covered by any checksum, and nothing is lost with them.
        const at = 10 + (place % (bytes.length - 10));
        bytes[at] = (bytes[at] ?? 0) ^ (1 << bit);
        expect((await scanDump(pieces(bytes))).defect).toBeDefined();
      }),
      { numRuns: 400 },
    );
  });
});

/** Without the blank lines and the comment’s frame after pg_dump’s last words, nothing is missing. */
function wholeWithin(bytes: Buffer): number {
  const lastWords = '-- PostgreSQL database dump complete';
  const at = bytes.lastIndexOf(lastWords);
  return at === -1 ? bytes.length : at + lastWords.length;
}
