import { describe, expect, it } from 'vitest';
import { hashOf, keyOf } from '../../../local/blobs/schema.ts';
import { BUCKET, call, candidates, markings, useGround } from './ground.ts';

const ground = useGround();
const OLD = { objectHours: 100, rowHours: 100 };

/** Marked once, so that what a refused run must not change is there. */
async function plantAndMark(): Promise<string> {
  await ground.plant([
    { content: 'kept', ...OLD, references: 10, parts: 5 },
    { content: 'orphan', ...OLD },
    { content: 'no row', objectHours: 100 },
  ]);
  await call(ground);
  return JSON.stringify([markings(ground), candidates(ground)]);
}

async function mustRefuse(before: string, because: RegExp, asked: Parameters<typeof call>[1] = {}): Promise<void> {
  const report = await call(ground, asked);
  expect(report).toMatchObject({ verdict: 'refused', findings: [], because: expect.stringMatching(because) });
  expect(JSON.stringify([markings(ground), candidates(ground)])).toBe(before);
}

describe('F54 references that cannot be believed', () => {
  it('are refused where all are gone', async () => {
    const before = await plantAndMark();
    await ground.sql('DELETE FROM objects');
    await ground.sql('DELETE FROM multipart_parts');
    await mustRefuse(before, /references any blob/);
  });

  it('are refused where there never were any', async () => {
    await ground.plant([{ content: 'orphan', ...OLD }]);
    await mustRefuse(JSON.stringify([{}, []]), /references any blob/);
  });

  it('are refused where one column of several is empty, or has lost more than settings allow', async () => {
    const before = await plantAndMark();
    await ground.sql('DELETE FROM multipart_parts WHERE part_number > 3');
    await mustRefuse(before, /multipart_parts\.content_hash has 3, and had 5/);
    const roomy = {
      edit: (settings: { policy: object }) => Object.assign(settings.policy, { maxReferenceDropPercent: 100 }),
    };
    await ground.sql('DELETE FROM multipart_parts');
    await mustRefuse(before, /multipart_parts\.content_hash has 0, and had 5/, roomy);
  });

  it('are refused where a column is not in settings any more, unless a person says so', async () => {
    const before = await plantAndMark();
    // biome-ignore lint/suspicious/noExplicitAny: settings as JSON
    const edit = (settings: any) => {
      settings.references = settings.references.filter(({ table }: { table: string }) => table !== 'multipart_parts');
      settings.notReferences.push({ table: 'multipart_parts' });
    };
    await mustRefuse(before, /multipart_parts\.content_hash is not in settings\.references any more, and had 5/, {
      edit,
    });
    const event = { phase: 'mark', acceptFewerReferences: true };
    expect(await call(ground, { event, edit })).toMatchObject({ verdict: 'findings' });
  });

  it('are believed within what settings allow, and where a person says so', async () => {
    await plantAndMark();
    await ground.sql('DELETE FROM multipart_parts WHERE part_number > 4');
    expect(await call(ground)).toMatchObject({ verdict: 'findings' });
    await ground.sql('DELETE FROM multipart_parts');
    const event = { phase: 'mark', acceptFewerReferences: true };
    expect(await call(ground, { event })).toMatchObject({ verdict: 'findings' });
    expect(markings(ground).counts?.references).toMatchObject({ 'public.multipart_parts.content_hash': 0 });
  });
});

describe('F55 a reference that nobody declared', () => {
  const withTable = async (sql: string, work: () => Promise<void>) => {
    await ground.sql(sql);
    try {
      await work();
    } finally {
      await ground.sql('DROP SCHEMA IF EXISTS other CASCADE; DROP TABLE IF EXISTS thumbnails CASCADE');
    }
  };
  const readable = 'GRANT SELECT ON thumbnails TO nightshift_blobs_reader;';

  it('is refused where it is a foreign key, also an empty one, and believed once it is declared', async () => {
    const before = await plantAndMark();
    const table = `CREATE TABLE thumbnails (of varchar(64) REFERENCES blobs (content_hash)); ${readable}`;
    await withTable(table, async () => {
      await mustRefuse(before, /public\.thumbnails\.of is a foreign key to blobs\.content_hash/);
      await ground.sql('INSERT INTO thumbnails VALUES ($1)', [hashOf('orphan')]);
      // biome-ignore lint/suspicious/noExplicitAny: settings as JSON
      const edit = (settings: any) => settings.references.push({ table: 'thumbnails', column: 'of' });
      await call(ground, { edit });
      expect(candidates(ground).map(({ hash }) => hash)).toEqual([hashOf('no row')]);
    });
  });

  it.each([
    ['a plain column', 'text', (hash: string) => hash],
    ['a path', 'varchar(200)', (hash: string) => `s3://bucket/${keyOf(hash)}`],
    ['an array', 'text[]', (hash: string) => `{x,${hash}}`],
    ['a document', 'jsonb', (hash: string) => JSON.stringify({ a: [{ b: hash }] })],
    ['bytes', 'bytea', (hash: string) => `\\x${hash}`],
    ['fixed characters', 'char(64)', (hash: string) => hash],
    ['a text behind another hash', 'text', (hash: string) => `${hashOf('some other')} ${hash}`],
    ['a text behind digits', 'text', (hash: string) => `1220${hash}`],
    ['a text between digits', 'text', (hash: string) => `12${hash}00`],
    ['a text behind many digits', 'text', (hash: string) => '0'.repeat(100) + hash],
    ['a text before many digits', 'text', (hash: string) => hash + '0'.repeat(100)],
    ['capitals', 'text', (hash: string) => hash.toUpperCase()],
  ])('is refused where it is %s with a blob’s hash, and not where the hash is another', async (_, type, of) => {
    const before = await plantAndMark();
    await withTable(`CREATE TABLE thumbnails (of ${type}); ${readable}`, async () => {
      await ground.sql('INSERT INTO thumbnails VALUES ($1)', [of(hashOf('orphan'))]);
      await mustRefuse(before, /public\.thumbnails\.of holds a blob’s hash/);
      await ground.sql('UPDATE thumbnails SET of = $1', [of(hashOf('another'))]);
      expect(await call(ground)).toMatchObject({ verdict: 'findings' });
    });
  });

  it('is refused where it points to an object that has no row', async () => {
    const before = await plantAndMark();
    await withTable(`CREATE TABLE thumbnails (of text); ${readable}`, async () => {
      await ground.sql('INSERT INTO thumbnails VALUES ($1)', [hashOf('no row')]);
      await mustRefuse(before, /public\.thumbnails\.of holds/);
    });
  });

  it('is found among a hundred thousand rows, where only the newest have it', async () => {
    const before = await plantAndMark();
    await withTable(`CREATE TABLE thumbnails (note text, of text); ${readable}`, async () => {
      await ground.sql(`INSERT INTO thumbnails SELECT repeat('x', 200) FROM generate_series(1, 100000)`);
      await ground.sql('INSERT INTO thumbnails (of) VALUES ($1)', [hashOf('orphan')]);
      await mustRefuse(before, /public\.thumbnails\.of holds/);
    });
  });

  it('is found in a partition, and named by its table', async () => {
    const before = await plantAndMark();
    const table = `CREATE TABLE thumbnails (at int, of text) PARTITION BY RANGE (at);
      CREATE TABLE thumbnails_1 PARTITION OF thumbnails FOR VALUES FROM (0) TO (10);
      GRANT SELECT ON thumbnails_1 TO nightshift_blobs_reader; ${readable}`;
    await withTable(table, async () => {
      await ground.sql('INSERT INTO thumbnails VALUES (1, $1)', [hashOf('orphan')]);
      await mustRefuse(before, /public\.thumbnails\.of holds/);
    });
  });

  it('is refused where it cannot be looked into, with the GRANT, unless it is said to be none', async () => {
    const before = await plantAndMark();
    await withTable('CREATE SCHEMA other; CREATE TABLE other.thumbnails (of text, size int)', async () => {
      await mustRefuse(before, /GRANT SELECT \("of"\) ON "other"\."thumbnails" TO "nightshift_blobs_reader"/);
      // biome-ignore lint/suspicious/noExplicitAny: settings as JSON
      const edit = (settings: any) => settings.notReferences.push({ schema: 'other', table: 'thumbnails' });
      expect(await call(ground, { edit })).toMatchObject({ verdict: 'findings' });
    });
  });
});

describe('F53 a hash that is not spelled as settings say', () => {
  it('is refused where it is a row’s, because an object without a row could be its', async () => {
    const before = await plantAndMark();
    await ground.sql(`UPDATE blobs SET content_hash = upper(content_hash) WHERE content_hash = $1`, [hashOf('orphan')]);
    await mustRefuse(before, /public\.blobs\.content_hash holds "[0-9A-F]{64}"/);
  });

  it('is refused where it is a reference’s, because a blob without references could be its', async () => {
    const before = await plantAndMark();
    await ground.sql(`UPDATE multipart_parts SET content_hash = upper(content_hash) WHERE part_number = 2`);
    await mustRefuse(before, /public\.multipart_parts\.content_hash holds "[0-9A-F]{64}"/);
  });

  it('is none where it is empty', async () => {
    await plantAndMark();
    await ground.sql(`UPDATE multipart_parts SET content_hash = '' WHERE part_number = 2`);
    expect(await call(ground)).toMatchObject({ verdict: 'findings' });
  });
});

describe('F57 a marking that cannot be read to its end', () => {
  const failOn = (operation: string) => ground.aws.faults.fail(operation, { code: 'AccessDenied', status: 403 }, 1);

  it('is refused at its second page, and the marking before goes on to count', async () => {
    const before = await plantAndMark();
    const lastModified = new Date(Date.now() - 100 * 3_600_000);
    for (let n = 0; n < 1_500; n += 1) ground.aws.putObject(BUCKET, keyOf(hashOf(`many ${n}`)), 'x', { lastModified });
    let pages = 0;
    const { watchingRequests } = await import('../meanwhile.ts');
    await watchingRequests(
      ({ url }) => {
        if (url.includes('list-type=2') && url.includes(BUCKET) && ++pages === 2) failOn('s3:ListObjectsV2');
      },
      () => mustRefuse(before, /cannot be listed/, { edit: (settings) => Object.assign(settings, { shards: 1 }) }),
    );
    expect(pages).toBe(2);
  });

  it.each([
    ['versions', 's3:GetBucketVersioning'],
    ['lifecycle rules', 's3:GetBucketLifecycleConfiguration'],
    ['unfinished uploads', 's3:ListMultipartUploads'],
  ])('is refused where the bucket does not tell its %s', async (_, operation) => {
    const before = await plantAndMark();
    failOn(operation);
    await mustRefuse(before, /AccessDenied/);
  });

  it('F20 is refused where a policy would hide rows', async () => {
    const before = await plantAndMark();
    await ground.sql('ALTER TABLE objects ENABLE ROW LEVEL SECURITY');
    try {
      await mustRefuse(before, /row-level security/);
    } finally {
      await ground.sql('ALTER TABLE objects DISABLE ROW LEVEL SECURITY');
    }
  });

  it.each([
    ['table', (settings: { blobs: object }) => Object.assign(settings.blobs, { table: 'blob' }), /42P01/],
    ['column', (settings: { blobs: object }) => Object.assign(settings.blobs, { size: 'length' }), /42703/],
    [
      'bucket',
      (settings: { store: object }) => Object.assign(settings.store, { bucket: 'nowhere' }),
      /correct store\.bucket/,
    ],
  ])('is refused where settings name a %s that is not there', async (_, edit, because) => {
    await mustRefuse(await plantAndMark(), because, { edit });
  });

  it('is refused where the last manifest is gone, because nobody knows then since when anything waits', async () => {
    await plantAndMark();
    const [first] = markings(ground).counts?.finished ?? [];
    ground.aws.removeObject('alexander-evidence', first?.manifest ?? '');
    const report = await call(ground);
    expect(report).toMatchObject({ verdict: 'failed', because: expect.stringContaining('is gone') });
  });
});

describe('enforce mode', () => {
  it.each([
    ['writersCheckBeforeReuse', false],
    ['ownCollector', true],
  ])('is refused where %s is %s', async (name, value) => {
    const edit = (settings: object) => Object.assign(settings, { [name]: value });
    const report = await call(ground, { mode: 'enforce', edit });
    expect(report).toMatchObject({ verdict: 'refused', because: expect.stringContaining(name) });
  });
});
