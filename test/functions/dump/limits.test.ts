import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { readDump } from '../../../functions/dump/read.ts';
import { scanDump } from '../../../functions/dump/scan.ts';
import { fixture, pieces, told } from './fixtures.ts';

const HEAD = '--\n-- PostgreSQL database dump\n--\n\n';
const TAIL = '\n--\n-- PostgreSQL database dump complete\n--\n\n';
const dumpOf = (sql: string) => Buffer.from(`${HEAD}${sql}${TAIL}`);
const scan = (sql: string, sizes?: number[]) => scanDump(pieces(dumpOf(sql), sizes));
const EVERY_SIZE = Array.from({ length: 24 }, (_, index) => [index + 1]);

describe('the end of rows', () => {
  it.each(EVERY_SIZE)('is a line of its own, in pieces of %i bytes', async (size) => {
    const rows = ['a\\\\.', '\\\\.', '\\N', '\\.x', '\\', '.', 'last'];
    const { tables, defect } = await scan(`COPY public.t (a) FROM stdin;\n${rows.join('\n')}\n\\.\n\nSELECT 1;`, [
      size,
    ]);
    expect(defect).toBeUndefined();
    expect(tables).toEqual([{ schema: 'public', table: 't', rows: rows.length }]);
  });

  it.each(EVERY_SIZE)('may be the end of a line of another system, in pieces of %i bytes', async (size) => {
    const { tables, defect } = await scan('COPY public.t (a) FROM stdin;\r\n1\r\n2\r\n\\.\r\nSELECT 1;', [size]);
    expect(defect).toBeUndefined();
    expect(tables[0]?.rows).toBe(2);
  });
});

describe('INSERTs', () => {
  it.each(EVERY_SIZE)('are counted by their rows, in pieces of %i bytes', async (size) => {
    const sql = [
      `INSERT INTO public.t VALUES (1, '); (', (2));`,
      `INSERT INTO public.t VALUES (1, E'it\\'s; (');`,
      `INSERT INTO public.t VALUES\n\t(1, 'x'),\n\t(2, 'y;'), (3, '(');`,
      `INSERT INTO public.tt VALUES (1);`,
      `INSERT INTO public.t VALUES (1) ON CONFLICT DO NOTHING;`,
      `INSERT INTO public.t (id, "of (three; ") VALUES (1, ');');`,
      `INSERT INTO public.t (id, "of (three; ") OVERRIDING SYSTEM VALUE VALUES (1, ''), (2, '');`,
      `INSERT INTO public."T" VALUES (1);`,
      `INSERT INTO public.t DEFAULT VALUES;`,
    ].join('\n');
    expect((await scan(sql, [size])).tables).toEqual([
      { schema: 'public', table: 'T', rows: 1 },
      { schema: 'public', table: 't', rows: 10 },
      { schema: 'public', table: 'tt', rows: 1 },
    ]);
  });
});

describe('what no program writes', () => {
  const refused = async (bytes: Buffer) => {
    const { defect } = await scanDump(pieces(bytes, [60_000]));
    await expect(told(readDump(pieces(bytes, [60_000])))).rejects.toMatchObject({ defect });
    return defect;
  };

  it('a line of comment without an end is not waited for', async () => {
    expect(await refused(Buffer.from(`${HEAD}-- ${'x'.repeat(3e6)}`))).toMatchObject({ kind: 'not a dump' });
  });

  it('a statement too long to be kept is refused by who restores it, and scanned all the same', async () => {
    const bytes = dumpOf(`SELECT '${'x'.repeat(65 * 1024 * 1024)}';`);
    await expect(told(readDump(pieces(bytes, [1e6])))).rejects.toMatchObject({ defect: { kind: 'unsupported' } });
    expect((await scanDump(pieces(bytes, [1e6]))).defect).toBeUndefined();
  });

  it('a tar archive is refused, with what to do', async () => {
    const tar = Buffer.alloc(1024);
    tar.write('toc.dat');
    tar.write('ustar', 257);
    expect(await refused(tar)).toMatchObject({ kind: 'unsupported', what: expect.stringMatching(/--format=custom/) });
  });

  const archive = fixture('everything-18-none.dump');
  /** Where the entry of this kind begins to say so: behind the length of the word. */
  const kindAt = archive.indexOf('SCHEMA');
  const int = (bytes: Buffer, at: number) => bytes.readInt32LE(at + 1);
  const changed = (change: (bytes: Buffer) => void) => {
    const copy = Buffer.from(archive);
    change(copy);
    return copy;
  };
  const contentsAt = archive.indexOf('18.6') + archive.subarray(archive.indexOf('18.6')).indexOf(Buffer.from([0]));

  it.each<[string, Buffer, RegExp]>([
    ['a number of no sign', changed((bytes) => bytes.writeUInt8(7, contentsAt)), /a number that is none/],
    ['more entries than can be', changed((bytes) => bytes.writeInt32LE(0x7fffffff, contentsAt + 1)), /entries/],
    ['fewer than no entries', changed((bytes) => bytes.writeUInt8(1, contentsAt)), /entries/],
    [
      'an entry twice',
      changed((bytes) => bytes.writeInt32LE(int(bytes, contentsAt + 5), secondEntry(bytes) + 1)),
      /second entry/,
    ],
    ['a text of a gigabyte', changed((bytes) => bytes.writeInt32LE(1 << 30, kindAt - 4)), /a piece of/],
    ['a section of none', changed((bytes) => bytes.writeInt32LE(9, kindAt + 7)), /does not hold/],
    ['another format', changed((bytes) => bytes.writeUInt8(3, 10)), /format of 3/],
    ['data of another entry', changed((bytes) => bytes.writeInt32LE(1, firstBlock(bytes) + 2)), /data of entry 1,/],
    ['a block of no kind', changed((bytes) => bytes.writeUInt8(9, firstBlock(bytes))), /of kind 9/],
    ['a chunk of less than nothing', changed((bytes) => bytes.writeUInt8(1, firstBlock(bytes) + 6)), /a chunk of -/],
    [
      'a definition that does not end',
      changed((bytes) => bytes.write('$$', bytes.indexOf('CREATE VIEW') + 7)),
      /definition does not end/,
    ],
    ['dependencies of letters', changed((bytes) => bytes.write('x', dependency(bytes))), /no number/],
    ['no state of its data', changed((bytes) => bytes.writeUInt8(9, dataState(bytes))), /a state of data of 9/],
  ])('an archive with %s is corrupt', async (_what, bytes, said) => {
    expect(await refused(bytes)).toEqual({ kind: 'corrupt', what: expect.stringMatching(said) });
  });

  it('an archive of which nothing is where the first entry says is told by the place', async () => {
    const { defect } = await scanDump(pieces(gzipSync(archive.subarray(0, firstBlock(archive)))));
    expect(defect).toMatchObject({ kind: 'cut off', what: expect.stringMatching(/^byte \d+/) });
  });
});

/** The first chunk of the first block begins with the first row; before it stand its length, the entry and the kind. */
function firstBlock(bytes: Buffer): number {
  return bytes.indexOf('1\trow 1') - 11;
}

/** Entries end with their dependencies, closed by a text that is none, and with the place of their data. */
function secondEntry(bytes: Buffer): number {
  return endOfDependencies(bytes) + 5 + 9;
}

function endOfDependencies(bytes: Buffer): number {
  return bytes.indexOf(Buffer.from([1, 1, 0, 0, 0]), bytes.indexOf('false'));
}

function dataState(bytes: Buffer): number {
  return endOfDependencies(bytes) + 5;
}

/** The first text after an entry’s `false` that is some digits. */
function dependency(bytes: Buffer): number {
  for (let at = bytes.indexOf('false'); ; at = bytes.indexOf('false', at + 1)) {
    const length = bytes.readInt32LE(at + 6);
    if (bytes[at + 5] === 0 && length > 0 && length < 10) return at + 10;
  }
}
