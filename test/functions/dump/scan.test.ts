import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { scanDump } from '../../../functions/dump/scan.ts';
import { FIXTURES, fixture, pieces, plantedIn } from './fixtures.ts';

const READABLE = FIXTURES.filter((name) => !name.includes('lz4'));
const UNREADABLE = FIXTURES.filter((name) => name.includes('lz4'));
const scan = (bytes: Buffer) => scanDump(pieces(bytes));

describe('the scan of what pg_dump wrote', () => {
  it.each(READABLE)('%s finds just the rows that were planted, and nothing wrong', async (name) => {
    const bytes = fixture(name);
    const { defect, tables, largeObjects, sha256, psqlCommands, ...rest } = await scan(bytes);
    expect(defect).toBeUndefined();
    expect(tables).toEqual(plantedIn(name));
    expect(largeObjects).toBe(name.startsWith('everything') ? 3 : 0);
    expect(sha256).toBe(createHash('sha256').update(bytes).digest('hex'));
    expect(psqlCommands).toEqual([]);
    expect(rest.format).toBe(name.endsWith('.dump') ? 'custom' : 'plain');
    expect(rest.bytes.stored).toBe(bytes.length);
    const major = /-(\d+)/.exec(name)?.[1];
    expect(rest.pgDumpVersion).toMatch(new RegExp(`^${major}\\.`));
    expect(rest.serverVersion).toMatch(/^1\d\.\d+$/);
  });

  it.each([
    ['everything-18.sql', 'none'],
    ['everything-18.sql.gz', 'gzip'],
    ['everything-18.sql.zst', 'zstd'],
    ['everything-13-none.dump', 'none'],
    ['everything-15.dump', 'gzip'],
    ['everything-17-none.dump', 'none'],
    ['everything-17.dump', 'gzip'],
    ['everything-18-zstd.dump', 'zstd'],
  ])('%s tells its compression: %s', async (name, compression) => {
    expect((await scan(fixture(name))).compression).toBe(compression);
  });

  it.each(UNREADABLE)('%s says that it cannot be read here, and what to do', async (name) => {
    const { defect, compression, sha256 } = await scan(fixture(name));
    expect(defect).toEqual({ kind: 'unsupported', what: expect.stringMatching(/LZ4.*make it with gzip or zstd/) });
    expect(compression).toBe('lz4');
    expect(sha256).toBe(createHash('sha256').update(fixture(name)).digest('hex'));
  });

  it('reads a gzip of several members as one', async () => {
    const bytes = fixture('everything-18.sql');
    const { defect, tables } = await scan(
      Buffer.concat([gzipSync(bytes.subarray(0, 9_000)), gzipSync(bytes.subarray(9_000))]),
    );
    expect(defect).toBeUndefined();
    expect(tables).toEqual(plantedIn('everything-18.sql'));
  });

  it('reads an archive that was compressed once more', async () => {
    const { defect, tables, format, compression } = await scan(gzipSync(fixture('everything-18.dump')));
    expect({ defect, format, compression }).toEqual({ defect: undefined, format: 'custom', compression: 'gzip' });
    expect(tables).toEqual(plantedIn('everything-18.dump'));
  });

  it('passes on an error of the store as it is: that is no defect of the dump', async () => {
    async function* broken() {
      yield fixture('everything-18.sql.gz').subarray(0, 1_000);
      throw new Error('the store is gone');
    }
    await expect(scanDump(broken())).rejects.toThrow('the store is gone');
  });
});

describe('psql commands in a dump', () => {
  const dump = fixture('everything-18.sql').toString();
  const withLine = (line: string) =>
    Buffer.from(dump.replace('\nSET statement_timeout', () => `\n${line}\nSET statement_timeout`));

  it.each([
    '\\! touch /tmp/owned',
    "\\copy public.texts from program 'id'",
    '\\connect other',
    '\\i /etc/passwd',
    '\\restrict a; \\! id',
  ])('F73 are told: %s', async (line) => {
    const { psqlCommands, defect } = await scan(withLine(line));
    expect(psqlCommands).toEqual([line]);
    expect(defect).toBeUndefined();
  });

  it('F73 are told in the middle of a statement too, where psql would carry them out', async () => {
    const { psqlCommands, tables } = await scan(withLine('SELECT 1 \\! id\n;'));
    expect(psqlCommands).toEqual(['\\! id']);
    expect(tables).toEqual(plantedIn('everything-18.sql'));
  });

  it('F73 are not seen in data, names and strings', async () => {
    const { psqlCommands } = await scan(withLine(`SELECT '\n\\! id', "\n\\! id", $$\n\\! id$$ /*\n\\! id */;`));
    expect(psqlCommands).toEqual([]);
  });

  it('F73 are counted to ten: more are no news', async () => {
    expect((await scan(withLine('\\! id\n'.repeat(50)))).psqlCommands).toHaveLength(10);
  });
});
