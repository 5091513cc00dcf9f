import { describe, expect, it } from 'vitest';
import { readDump } from '../../../functions/dump/read.ts';
import { FIXTURES, fixture, pieces, told } from './fixtures.ts';

const ARCHIVES = FIXTURES.filter((name) => /^everything.*\.dump$/.test(name) && !/lz4|inserts/.test(name));
const read = (name: string, skip: number[] = []) =>
  told(readDump(pieces(fixture(name), [5_000]), { skip: new Set(skip) }));
const isData = ({ kind }: { kind: string }) => kind === 'copy' || kind === 'large object';

describe('an archive', () => {
  it.each(ARCHIVES)('%s holds the same rows, byte for byte, as the plain dump of the same database', async (name) => {
    const major = /-(\d+)/.exec(name)?.[1];
    const rows = async (file: string) => {
      const copies = (await read(file)).filter(({ kind }) => kind === 'copy');
      return copies.map(({ text, data }) => [text, data]);
    };
    expect(await rows(name)).toEqual(await rows(`everything-${major}.sql`));
  });

  it.each(ARCHIVES)('%s holds the large objects as they were', async (name) => {
    const objects = (await read(name)).filter(({ kind }) => kind === 'large object');
    const planted = [
      ['40001', '\\.\n\0'.repeat(300)],
      ['40002', ''],
      ['40003', 'three'],
    ];
    expect(objects.map(({ text, data }) => [text, data])).toEqual(planted);
  });

  it.each(ARCHIVES)('%s makes each large object before its content comes', async (name) => {
    const items = await read(name);
    for (const oid of ['40001', '40002', '40003']) {
      const made = items.findIndex(({ text }) => text === `SELECT pg_catalog.lo_create('${oid}');`);
      expect(made).toBeGreaterThan(-1);
      expect(items.findIndex(({ kind, text }) => kind === 'large object' && text === oid)).toBeGreaterThan(made);
    }
  });

  it.each(ARCHIVES)('%s is restored in pg_dump’s order: grants late, and what reads data last', async (name) => {
    const texts = (await read(name)).map(({ text }) => text);
    const first = (start: string) => texts.findIndex((text) => text.startsWith(start));
    expect(first('CREATE TABLE')).toBeLessThan(first('COPY'));
    expect(first('COPY')).toBeLessThan(first('CREATE TRIGGER'));
    expect(first('CREATE TRIGGER')).toBeLessThan(first('GRANT'));
    expect(first('GRANT')).toBeLessThan(first('REFRESH'));
    expect(first('REFRESH')).toBe(texts.length - 1);
  });

  it('of INSERTs holds statements', async () => {
    const items = await read('everything-18-inserts.dump');
    const inserts = items.filter(({ text }) => text.startsWith('INSERT INTO'));
    expect(inserts).toHaveLength(76);
    expect(new Set(inserts.map(({ entry }) => entry)).size).toBe(8);
  });

  it.each([
    'everything-18.dump',
    'everything-17-none.dump',
    'everything-15-piped.dump',
    'everything-18-inserts.dump',
  ])('%s goes on after any number of entries with just the rest of them', async (name) => {
    const all = await read(name);
    const entries = [...new Set(all.flatMap(({ entry }) => (entry === undefined ? [] : [entry])))];
    for (let done = 0; done <= entries.length; done += 7) {
      const skip = entries.slice(0, done);
      const rest = all.filter(({ entry }) => entry === undefined || !skip.includes(entry));
      expect(await read(name, skip)).toEqual(rest);
    }
  });

  it('says the settings of a session again when it goes on', async () => {
    const all = await read('everything-18.dump');
    const skip = all.flatMap(({ entry }) => (entry === undefined ? [] : [entry]));
    const rest = await read('everything-18.dump', skip);
    expect(rest.map(({ text }) => text)).toContain('SET check_function_bodies = false;');
    expect(rest.filter(isData)).toEqual([]);
  });

  it('is read on where somebody left rows or a large object half read', async () => {
    const kinds: string[] = [];
    for await (const item of readDump(pieces(fixture('everything-18-none.dump'), [700]))) {
      kinds.push(item.kind);
      if (item.kind === 'copy' || item.kind === 'large object') for await (const _ of item.data) break;
    }
    expect(kinds.filter((kind) => kind === 'copy')).toHaveLength(9);
    expect(kinds.filter((kind) => kind === 'large object')).toHaveLength(3);
  });

  it('is read on where nobody looked at the rows', async () => {
    const plain = [];
    for await (const { kind } of readDump(pieces(fixture('everything-18.sql')))) plain.push(kind);
    expect(plain.filter((kind) => kind === 'copy')).toHaveLength(9);
  });
});
