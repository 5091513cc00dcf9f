import { createHash } from 'node:crypto';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { Defect } from '../../../functions/dump/dump.ts';
import { readDump } from '../../../functions/dump/read.ts';
import { scanDump } from '../../../functions/dump/scan.ts';
import { fixture, pieces, told } from './fixtures.ts';

const plain = fixture('everything-18.sql');
const gzipped = fixture('everything-18.sql.gz');
const zstd = fixture('everything-18.sql.zst');
const custom = fixture('everything-18.dump');
const stored = fixture('everything-18-none.dump');

const flipped = (bytes: Buffer, at: number, bit = 0x10) => {
  const copy = Buffer.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ bit;
  return copy;
};
const cut = (bytes: Buffer, share: number) => bytes.subarray(0, Math.floor(bytes.length * share));
const and = (bytes: Buffer, more: string | Buffer) => Buffer.concat([bytes, Buffer.from(more)]);
const at = (bytes: Buffer, text: string) => bytes.indexOf(text);

/** Where the first block’s zlib stream begins. */
const firstBlock = custom.indexOf(Buffer.from([0x78, 0x9c]));

const CASES: [what: string, bytes: Buffer, kind: Defect['kind'], said: RegExp][] = [
  ['no bytes at all', Buffer.alloc(0), 'empty', /no bytes/],
  ['a gzip of nothing', gzipSync(''), 'empty', /nothing in its compressed data/],
  ['an error page', Buffer.from('<html><body>503 Service Unavailable</body></html>'), 'not a dump', /first line/],
  ['random bytes', createHash('sha512').update('x').digest(), 'not a dump', /first line/],
  ['a dump of a cluster', Buffer.from('--\n-- PostgreSQL database cluster dump\n--\n'), 'unsupported', /pg_dumpall/],
  ['a gzip cut in half', cut(gzipped, 0.5), 'cut off', /too early/],
  ['a gzip without its last byte', gzipped.subarray(0, -1), 'cut off', /too early/],
  ['a gzip of two bytes', gzipped.subarray(0, 2), 'cut off', /too early/],
  ['a gzip with a bit flipped inside', flipped(gzipped, 2_000), 'corrupt', /do not hold/],
  ['a gzip with a bit flipped in its checksum', flipped(gzipped, gzipped.length - 6), 'corrupt', /do not hold/],
  ['a gzip with a bit flipped in its head', flipped(gzipped, 2), 'corrupt', /do not hold/],
  ['a good gzip of half a file', gzipSync(cut(plain, 0.5)), 'no end', /\\\.|last line|does not end/],
  ['zeros after a gzip', and(gzipped, Buffer.alloc(512)), 'bytes after the end', /after the end/],
  ['junk after a gzip', and(gzipped, 'junk'), 'bytes after the end', /after the end/],
  ['much junk after a gzip', and(gzipped, Buffer.alloc(300_000, 'junk')), 'bytes after the end', /after the end/],
  ['another dump after a gzip', and(gzipped, gzipped), 'bytes after the end', /last line/],
  ['a zstd cut in half', cut(zstd, 0.5), 'cut off', /too early/],
  ['a zstd with a bit flipped inside', flipped(zstd, 2_000), 'corrupt', /do not hold/],
  ['a good zstd of half a file', zstdCompressSync(cut(plain, 0.5)), 'no end', /\\\.|last line|does not end/],
  ['junk after a zstd', and(zstd, 'junk junk junk'), 'bytes after the end', /after the end/],
  [
    'rows without their end',
    plain.subarray(0, at(plain, 'COPY public.unlogged') + 50),
    'no end',
    /rows of public\.unlogged.*\\\./s,
  ],
  ['a statement without its end', plain.subarray(0, at(plain, 'LANGUAGE plpgsql')), 'no end', /statement at byte \d+/],
  ['an open string', plain.subarray(0, at(plain, 'with a semicolon')), 'no end', /statement at byte \d+/],
  [
    'all but the last line',
    plain.subarray(0, at(plain, '-- PostgreSQL database dump complete')),
    'no end',
    /last line/,
  ],
  ['a statement after the last line', and(plain, 'DROP TABLE x;'), 'bytes after the end', /last line/],
  ['a command after the last line', and(plain, '\\! id\n'), 'bytes after the end', /last line/],
  ['zeros after the last line', and(plain, Buffer.alloc(512)), 'bytes after the end', /last line/],
  [
    'something behind FROM stdin;',
    Buffer.from(plain.toString().replace('stdin;', 'stdin; DROP TABLE x;')),
    'corrupt',
    /behind COPY/,
  ],
  ['an archive of two bytes more than its name', custom.subarray(0, 7), 'cut off', /file ends/],
  ['an archive cut in its contents', cut(custom, 0.3), 'cut off', /file ends/],
  ['an archive cut in its data', custom.subarray(0, -20), 'cut off', /file ends/],
  ['an archive without its last block', custom.subarray(0, custom.length - 1), 'cut off', /file ends/],
  ['an archive of a version to come', flipped(custom, 6), 'unsupported', /1\.0.*1\.16/],
  ['an archive with wrong sizes', flipped(custom, 8), 'corrupt', /sizes/],
  [
    'an archive with a flipped kind of an entry',
    flipped(custom, at(custom, 'TABLE DATA'), 0x20),
    'corrupt',
    /does not hold/,
  ],
  ['an archive with a flipped bit in its data', flipped(custom, firstBlock + 10), 'corrupt', /do not hold/],
  ['an archive with a flipped bit at the beginning of its data', flipped(custom, firstBlock), 'corrupt', /do not hold/],
  ['junk after an archive', and(custom, 'junk'), 'bytes after the end', /last block/],
  [
    'a stored archive whose rows lost their end',
    flipped(stored, stored.indexOf('\\.\n\n\n') + 1),
    'corrupt',
    /do not end/,
  ],
];

describe('a bad dump', () => {
  it.each(CASES)('F70 %s is a finding of its own kind', async (_what, bytes, kind, said) => {
    const scan = await scanDump(pieces(bytes, [100]));
    expect(scan.defect).toEqual({ kind, what: expect.stringMatching(said) });
    expect(scan.bytes.stored).toBe(bytes.length);
    expect(scan.sha256).toBe(createHash('sha256').update(bytes).digest('hex'));
  });

  it.each(CASES)('F70 %s is not read as if it were whole', async (_what, bytes, kind) => {
    await expect(told(readDump(pieces(bytes, [100])))).rejects.toMatchObject({ name: 'DumpError', defect: { kind } });
  });
});
