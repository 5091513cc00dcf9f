import { describe, expect, it } from 'vitest';
import { hashOf } from '../../../local/blobs/schema.ts';
import { coordinate, useCoordinating } from './coordinating.ts';
import { call, markings } from './ground.ts';

const ground = useCoordinating();
const OLD = { objectHours: 100, rowHours: 100 };
const ORPHANS = Array.from({ length: 60 }, (_, n) => ({ content: `orphan ${n}`, ...OLD }));
const plant = () => ground.plant([{ content: 'kept', ...OLD, references: 100 }, ...ORPHANS]);

describe('what is looked at once, before anything is marked', { timeout: 180_000 }, () => {
  it('F54 is whether references are far fewer than at the last marking', async () => {
    await plant();
    await call(ground);
    const before = markings(ground);
    await ground.sql('DELETE FROM objects WHERE ctid IN (SELECT ctid FROM objects LIMIT 50)');
    const { report, invoked } = await coordinate(ground);
    expect([report?.verdict, report?.because]).toEqual(['refused', expect.stringContaining('has 50, and had 100')]);
    expect([invoked, markings(ground)]).toEqual([[], before]);
  });

  it('F55 is whether a column that nobody declared holds hashes', async () => {
    await plant();
    try {
      await ground.sql(`CREATE TABLE notes (about text); INSERT INTO notes VALUES ('${hashOf('orphan 0')}')`);
      await ground.sql('GRANT SELECT ON notes TO nightshift_blobs_reader');
      const { report, invoked } = await coordinate(ground);
      expect([report?.verdict, report?.because]).toEqual(['refused', expect.stringContaining('notes.about')]);
      expect([invoked, markings(ground)]).toEqual([[], {}]);
    } finally {
      await ground.sql('DROP TABLE IF EXISTS notes');
    }
  });
});

describe('what changes between the parts of a marking', { timeout: 180_000 }, () => {
  const meanwhile = (change: string) =>
    coordinate(ground, {
      atOnce: 2,
      invoke: async (part, { invoke }) => {
        if ((part as { part: { from: number } }).part.from >= 8) await ground.sql(change);
        return invoke(part);
      },
    });

  it('F54 so that references are gone makes its shard refuse them, and nothing counts', async () => {
    await plant();
    const { report } = await meanwhile('TRUNCATE objects');
    expect([report?.verdict, report?.because]).toEqual(['refused', expect.stringContaining('No column references')]);
    expect(markings(ground).counts).toBeUndefined();
  });

  it('F54 so that references are fewer than its first shards have seen is not gone on with by the next run', async () => {
    await plant();
    const failing = { atOnce: 1, hours: 1, invoke: () => Promise.reject(new Error('Task timed out')) };
    expect((await coordinate(ground, failing)).report?.verdict).toBe('refused');
    await ground.sql('DELETE FROM objects WHERE ctid IN (SELECT ctid FROM objects LIMIT 50)');
    const { report, invoked } = await coordinate(ground, { atOnce: 1 });
    expect([report?.verdict, report?.because]).toEqual(['refused', expect.stringContaining('has 50, and had 100')]);
    expect(invoked).toEqual([]);
    const event = { acceptFewerReferences: true };
    expect((await coordinate(ground, { event, atOnce: 1 })).report?.verdict).toBe('findings');
  });

  it('F57 so that somebody has all marks forgotten makes none of them count, although all shards are done', async () => {
    await plant();
    const { report } = await coordinate(ground, {
      atOnce: 1,
      invoke: async (part, { invoke }) => {
        await invoke(part);
        ground.aws.removeObject('alexander-evidence', 'state/orphan-blob-gc/marking.json');
      },
    });
    expect([report?.verdict, report?.because]).toEqual(['failed', expect.stringContaining('changed by another run')]);
    expect(markings(ground)).toEqual({});
  });

  it('F53 so that one is spelled otherwise, whichever shard it would belong to, makes it refuse', async () => {
    await plant();
    // It sorts into the first shard, which is of the other part.
    const hash = `0${hashOf('orphan 0').slice(1).toUpperCase()}`;
    const { report, invoked } = await meanwhile(
      `INSERT INTO multipart_parts (upload_id, part_number, content_hash) VALUES ('odd', 1, '${hash}') ON CONFLICT DO NOTHING`,
    );
    expect([report?.verdict, report?.because]).toEqual(['refused', expect.stringContaining(hash)]);
    expect(invoked.filter(({ part }) => part.from === 8)).toHaveLength(3);
    expect(markings(ground).counts).toBeUndefined();
  });

  it('F55 so that a foreign key is new and not declared makes its shard refuse', async () => {
    await plant();
    try {
      const { report } = await meanwhile('CREATE TABLE IF NOT EXISTS late (blob text REFERENCES blobs (content_hash))');
      expect([report?.verdict, report?.because]).toEqual(['refused', expect.stringContaining('late.blob')]);
      expect(markings(ground).counts).toBeUndefined();
    } finally {
      await ground.sql('DROP TABLE IF EXISTS late');
    }
  });
});
