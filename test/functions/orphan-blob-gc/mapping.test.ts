import { afterEach, describe, expect, it } from 'vitest';
import { BLOB_TABLES, hashOf, keyOf } from '../../../local/blobs/schema.ts';
import { BUCKET, call, candidates, keysOf, useGround } from './ground.ts';

const ground = useGround();
const OLD = { objectHours: 100, rowHours: 100 };
const marked = () => candidates(ground).map(({ key }) => key);
// biome-ignore lint/suspicious/noExplicitAny: settings as JSON
type Edit = (settings: any) => void;

afterEach(() => ground.sql('DROP TABLE IF EXISTS pages, files, chunks'));

describe('F55 F56 references of other kinds', () => {
  it('count wherever a hash stands in a text: JSON, paths and arrays, also of objects without a row', async () => {
    await ground.sql('CREATE TABLE pages (body jsonb, path text, tags text[]); GRANT SELECT ON pages TO PUBLIC');
    await ground.plant([
      { content: 'kept', ...OLD, references: 10 },
      { content: 'in json', ...OLD, refCount: 1 },
      { content: 'in a path', objectHours: 100 },
      { content: 'in an array', ...OLD, refCount: 1 },
      { content: 'orphan', ...OLD },
    ]);
    const [json, path, array] = ['in json', 'in a path', 'in an array'].map(hashOf) as [string, string, string];
    const body = JSON.stringify({ cover: { blobs: [hashOf('nothing'), json] } });
    await ground.sql('INSERT INTO pages VALUES ($1, $2, $3)', [body, `s3://b/${keyOf(path)}?v=1`, ['x', array]]);
    const edit: Edit = ({ references }) =>
      references.push(...['body', 'path', 'tags'].map((column) => ({ table: 'pages', column, holds: 'text' })));
    const report = await call(ground, { edit });
    expect(marked()).toEqual(keysOf('orphan'));
    expect(report.findings.map(({ target }) => target.split(' ').slice(1).join(' '))).toEqual([
      'references without a row',
      'orphans: row unreferenced',
    ]);
  });

  describe('in a text', () => {
    // biome-ignore lint/suspicious/noExplicitAny: settings as JSON
    const edit = (settings: any) => settings.references.push({ table: 'pages', column: 'path', holds: 'text' });
    const write = async (...paths: string[]) => {
      await ground.sql('CREATE TABLE pages (path text); GRANT SELECT ON pages TO PUBLIC');
      for (const path of paths) await ground.sql('INSERT INTO pages VALUES ($1)', [path]);
      await ground.plant([
        { content: 'kept', ...OLD, references: 10 },
        { content: 'in a text', ...OLD, refCount: 1 },
        { content: 'orphan', ...OLD },
      ]);
    };
    const hash = hashOf('in a text');

    it.each([
      ['digits of what says its kind', `1220${hash}`],
      ['a word that ends in digits', `sha256${hash}`],
      ['a word of letters that are digits, too', `/feed/facade${hash}.jpg`],
      ['another hash, without anything between', hashOf('another') + hash],
      ['digits that follow', `${hash}e0`],
      ['capitals', `sha256:${hash.toUpperCase()}`],
    ])('F56 count beside %s', async (_, path) => {
      await write(path);
      await call(ground, { edit });
      expect(marked()).toEqual(keysOf('orphan'));
    });

    it('F57 are looked for in 4,096 digits in a row, and more of them are refused, not passed over', async () => {
      await write('f'.repeat(4_000) + hash + 'f'.repeat(32));
      await call(ground, { edit });
      expect(marked()).toEqual(keysOf('orphan'));
      await ground.sql('INSERT INTO pages VALUES ($1)', ['f'.repeat(4_097)]);
      expect(await call(ground, { edit })).toMatchObject({
        verdict: 'refused',
        because: expect.stringContaining('public.pages.path holds 4097 hexadecimal digits in a row'),
      });
    });
  });

  it('count by the id of the row, and by bytes', async () => {
    await ground.sql(`
      CREATE TABLE files (id bigserial UNIQUE, digest bytea PRIMARY KEY, made timestamptz DEFAULT now() - interval '9 days');
      CREATE TABLE chunks (file bigint REFERENCES files (id), digest bytea);
      GRANT SELECT ON files, chunks TO PUBLIC`);
    const contents = ['by id', 'by bytes', 'orphan', 'no row'];
    const lastModified = new Date(Date.now() - 9 * 86_400_000);
    for (const content of contents) ground.aws.putObject(BUCKET, `b/${hashOf(content)}.bin`, content, { lastModified });
    for (const content of contents.slice(0, 3))
      await ground.sql(`INSERT INTO files (digest) VALUES ('\\x${hashOf(content)}')`);
    await ground.sql(`INSERT INTO chunks (file) SELECT id FROM files WHERE digest = '\\x${hashOf('by id')}'`);
    await ground.sql(`INSERT INTO chunks (digest) VALUES ('\\x${hashOf('by bytes')}')`);
    const edit: Edit = (settings) =>
      Object.assign(settings, {
        prefix: 'b/',
        key: '{hash}.bin',
        blobs: { table: 'files', hash: 'digest', id: 'id', createdAt: 'made' },
        references: [
          { table: 'chunks', column: 'file', holds: 'id' },
          { table: 'chunks', column: 'digest' },
        ],
        notReferences: ['blobs', 'objects', 'multipart_parts'].map((table) => ({ table })),
      });
    await call(ground, { edit });
    expect(marked()).toEqual(['no row', 'orphan'].map((content) => `b/${hashOf(content)}.bin`).toSorted());
  });

  it('F13 are as the README grants them: the reader needs no more for the example’s tables', async () => {
    expect(BLOB_TABLES).toContain('multipart_parts');
    await ground.plant([{ content: 'kept', ...OLD, references: 1 }]);
    expect(await call(ground)).toMatchObject({ verdict: 'clean' });
    await ground.sql('REVOKE SELECT ON multipart_parts FROM nightshift_blobs_reader');
    const report = await call(ground);
    await ground.sql('GRANT SELECT ON multipart_parts TO nightshift_blobs_reader');
    expect(report).toMatchObject({ verdict: 'refused', because: expect.stringContaining('GRANT') });
  });
});
