import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hashOf } from '../../../local/blobs/schema.ts';
import {
  key,
  markLongAgo,
  plantOrphans,
  readable,
  refer,
  rows,
  sweep,
  targets,
  undo,
  useSweeping,
} from './sweeping.ts';

const ground = useSweeping();
const content = 'orphan';
const hash = hashOf(content);

/** What another session does while ours waits for it. */
let other: pg.Client;
beforeAll(async () => {
  other = new pg.Client(ground.postgres.admin);
  await other.connect();
});
afterAll(() => other?.end());

async function untilSomebodyWaits(): Promise<void> {
  const waiting = `SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND application_name LIKE 'nightshift %'`;
  while ((await ground.sql(waiting)).length === 0) await new Promise((resolve) => setTimeout(resolve, 2));
}

/** Leaves a statement uncommitted until the sweep stands before the row's lock. */
async function sweepWhile(sql: string) {
  await other.query('BEGIN');
  await other.query(sql, [hash]);
  const sweeping = sweep(ground);
  await untilSomebodyWaits();
  await other.query('COMMIT');
  return sweeping;
}

describe('a row that is to be deleted', () => {
  it.each([
    'NO ACTION',
    'CASCADE',
    'SET NULL',
  ])('F51 stays where a reference is committed at that moment, which stays too (ON DELETE %s)', async (action) => {
    await ground.sql(`ALTER TABLE objects DROP CONSTRAINT objects_content_hash_fkey,
        ADD CONSTRAINT objects_content_hash_fkey FOREIGN KEY (content_hash) REFERENCES blobs (content_hash) ON DELETE ${action}`);
    await plantOrphans(ground, { orphans: [content] });
    const report = await sweepWhile(`INSERT INTO objects (name, content_hash) VALUES ('new', $1)`);
    expect(targets(report, 'quarantine', 'skipped')).toEqual([key(content)]);
    expect(readable(ground)).toContain(content);
    expect(await ground.sql('SELECT FROM objects WHERE content_hash = $1', [hash])).toHaveLength(1);
    expect((await rows(ground)).filter((row) => row.includes(hash))).toHaveLength(1);
  });

  it('F51 stays where a reference without a foreign key is committed at that moment; its object is not even touched', async () => {
    await plantOrphans(ground, { orphans: [content] });
    const report = await sweepWhile(
      `WITH held AS (SELECT content_hash FROM blobs WHERE content_hash = $1 FOR UPDATE)
       INSERT INTO multipart_parts SELECT 'upload', 1, content_hash FROM held`,
    );
    expect(targets(report, 'quarantine', 'skipped')).toEqual([key(content)]);
    const touched = ground.aws.requests().filter(({ operation }) => operation === 'DeleteObject');
    expect(touched.filter(({ resource }) => resource.endsWith(key(content)))).toEqual([]);
  });

  it('stays where somebody changes it at that moment', async () => {
    await plantOrphans(ground, { orphans: [content] });
    const report = await sweepWhile('UPDATE blobs SET ref_count = 7 WHERE content_hash = $1');
    expect(targets(report, 'quarantine', 'skipped')).toEqual([key(content)]);
    expect(readable(ground)).toContain(content);
  });

  it.each([
    ['before anything is put on record', undefined, 'something needs it now'],
    ['before it is deleted', /^s3:PutObject .*wave-0\.jsonl$/, 'its row changed, or something references it now'],
  ])('stays while a foreign key of a table that keeps nothing alive holds on to it: seen %s', async (_, on, why) => {
    await ground.sql(`CREATE TABLE blob_statistics (content_hash varchar(64) REFERENCES blobs ON DELETE CASCADE, reads int);
      GRANT SELECT ON blob_statistics TO nightshift_blobs_reader, nightshift_blobs_actor`);
    try {
      const edit = (settings: { notReferences: object[] }) => {
        settings.notReferences.push({ table: 'blob_statistics' });
      };
      await plantOrphans(ground, { orphans: [content, 'other'] }, { edit });
      const hold = () => ground.sql('INSERT INTO blob_statistics VALUES ($1, 5)', [hash]);
      if (on === undefined) await hold();
      else ground.aws.faults.hold({ on, when: 'before' }, hold);
      const report = await sweep(ground, { edit });
      expect(targets(report, 'quarantine', 'done')).toEqual([key('other')]);
      expect(report.outcomes.find(({ target }) => target === key(content))?.error).toBe(why);
      expect(await ground.sql('SELECT reads FROM blob_statistics')).toEqual([{ reads: 5 }]);
    } finally {
      await ground.sql('DROP TABLE blob_statistics');
    }
  });
});

describe('a row that could not come back as it is', () => {
  it('F60 is not deleted, nor its object touched', async () => {
    // A type whose JSON is another value’s, as PostgreSQL reads it.
    await ground.sql(`
      CREATE TYPE turned AS ENUM ('a', 'b');
      CREATE FUNCTION turn(turned) RETURNS json LANGUAGE sql IMMUTABLE
        AS $$ SELECT to_json(CASE $1 WHEN 'a' THEN 'b' ELSE 'a' END) $$;
      CREATE CAST (turned AS json) WITH FUNCTION turn(turned);
      ALTER TABLE blobs ADD side turned`);
    try {
      await plantOrphans(ground, { orphans: [content, 'other'] });
      await ground.sql(`UPDATE blobs SET side = 'a' WHERE content_hash = $1`, [hash]);
      const report = await sweep(ground);
      expect(targets(report, 'quarantine', 'done')).toEqual([key('other')]);
      expect(readable(ground)).toContain(content);
    } finally {
      await ground.sql('ALTER TABLE blobs DROP side; DROP TYPE turned CASCADE');
    }
  });
});

describe('hashes that are bytes', () => {
  const BYTES = (type: string, using: string) => `
    ALTER TABLE objects DROP CONSTRAINT objects_content_hash_fkey;
    ALTER TABLE blobs DROP CONSTRAINT blobs_delta_base_hash_fkey;
    ALTER TABLE blobs ALTER content_hash TYPE ${type} USING ${using}(content_hash, 'hex'),
      ALTER delta_base_hash TYPE ${type} USING ${using}(delta_base_hash, 'hex'),
      ADD CONSTRAINT blobs_delta_base_hash_fkey FOREIGN KEY (delta_base_hash) REFERENCES blobs (content_hash);
    ALTER TABLE objects ALTER content_hash TYPE ${type} USING ${using}(content_hash, 'hex'),
      ADD CONSTRAINT objects_content_hash_fkey FOREIGN KEY (content_hash) REFERENCES blobs (content_hash)`;

  it('F51 F60 are looked up, restored and undone like any others', async () => {
    await plantOrphans(ground, { orphans: [content, 'adopted'] });
    await ground.sql(BYTES('bytea', 'decode'));
    try {
      await markLongAgo(ground);
      const before = await rows(ground);
      const swept = await sweep(ground);
      expect(targets(swept, 'quarantine', 'done')).toHaveLength(2);
      await refer(ground, 'adopted');
      expect(targets(await sweep(ground), 'restore', 'done')).toEqual([key('adopted')]);
      expect(targets(await undo(ground, swept.runId), 'restore', 'done')).toEqual([key(content)]);
      expect(await rows(ground)).toEqual(before);
    } finally {
      await ground.sql(BYTES('varchar(64)', 'encode'));
    }
  });
});

describe('a row that comes back', () => {
  const COLUMNS = `ADD id bigint GENERATED ALWAYS AS IDENTITY, ADD big numeric, ADD at timestamptz, ADD tags text[], ADD doc jsonb,
    ADD raw bytea, ADD twice bigint GENERATED ALWAYS AS (size * 2) STORED`;
  beforeAll(() => ground.sql(`ALTER TABLE blobs ${COLUMNS}`));

  it('F60 is as it was: identities, generated columns, numbers that JavaScript would round, documents, bytes', async () => {
    await ground.plant([{ content, objectHours: 500, rowHours: 500 }]);
    await ground.sql(
      `UPDATE blobs SET big = 9007199254740993.123456789012345678, at = 'infinity', tags = ARRAY['a"b', NULL, ''], raw = '\\x00ff',
         doc = '{"b": 12345678901234567890, "a": [null, "ü\\\\"]}'`,
    );
    const edit = (settings: { notReferences: object[] }) => {
      settings.notReferences.push({ table: 'blobs', column: 'tags' }, { table: 'blobs', column: 'doc' });
      settings.notReferences.push({ table: 'blobs', column: 'raw' });
    };
    await plantOrphans(ground, { orphans: [] }, { edit });
    const before = await rows(ground);
    const { runId, because } = await sweep(ground, { edit });
    expect([because, (await rows(ground)).length]).toEqual([undefined, before.length - 1]);
    expect(await undo(ground, runId, { edit })).toMatchObject({ verdict: 'acted' });
    expect(await rows(ground)).toEqual(before);
  });
});
