import { describe, expect, it } from 'vitest';
import { hashOf, keyOf } from '../../../local/blobs/schema.ts';
import { BUCKET, call, candidates, findingOf, keysOf, passDays, useGround } from './ground.ts';

const ground = useGround();
const OLD = { objectHours: 100, rowHours: 100 };
const key = (content: string) => keyOf(hashOf(content));
const marked = () => candidates(ground).map((candidate) => candidate.key);
const removeFromBucket = (content: string) => ground.aws.removeObject(BUCKET, key(content));

describe('a marking', () => {
  it('finds both kinds of orphan, and nothing that is referenced in any way', async () => {
    await ground.plant([
      { content: 'referenced', ...OLD, references: 2 },
      { content: 'part', ...OLD, parts: 1 },
      { content: 'base of a delta', ...OLD },
      { content: 'row unreferenced', ...OLD },
      { content: 'no row', objectHours: 100 },
    ]);
    await ground.sql('UPDATE blobs SET delta_base_hash = $1 WHERE content_hash = $2', [
      hashOf('base of a delta'),
      hashOf('part'),
    ]);
    const report = await call(ground);
    expect(report).toMatchObject({ verdict: 'findings', examined: 5, outcomes: [] });
    expect(candidates(ground).map((candidate) => [candidate.kind, candidate.key])).toEqual(
      [
        ['no row', key('no row')],
        ['row unreferenced', key('row unreferenced')],
      ].sort(([, a], [, b]) => ((a ?? '') < (b ?? '') ? -1 : 1)),
    );
    expect(report.metrics).toMatchObject({ OrphanObjects: { value: 2 }, LostBlobs: { value: 0 } });
  });

  it('takes nothing away, and writes only evidence and state', async () => {
    const hashes = await ground.plant([
      { content: 'a', ...OLD, references: 1 },
      { content: 'orphan', ...OLD },
      { content: 'no row', objectHours: 100 },
    ]);
    await call(ground);
    expect(ground.aws.objects(BUCKET).map((object) => object.key)).toEqual(keysOf('a', 'orphan', 'no row'));
    expect(await ground.sql('SELECT FROM blobs')).toHaveLength(2);
    expect(hashes).toHaveLength(3);
    const written = ground.aws.requests().filter(({ service, changing }) => changing && service === 's3');
    expect(written.filter(({ resource }) => !resource.startsWith('arn:aws:s3:::alexander-evidence/'))).toEqual([]);
  });

  it('F50 F52 leaves alone what is young, whether it is the object or the row', async () => {
    await ground.plant([
      { content: 'kept', ...OLD, references: 1 },
      { content: 'young object', objectHours: 23 },
      { content: 'young row', objectHours: 100, rowHours: 23 },
      { content: 'young again', objectHours: 23, rowHours: 100 },
      { content: 'row of an upload in flight', rowHours: 23, parts: 1 },
    ]);
    const report = await call(ground);
    expect(marked()).toEqual([]);
    expect(report.findings.map(({ target }) => target)).toEqual([]);
    expect(report.verdict).toBe('clean');
  });

  it('F50 marks the same when its time has come', async () => {
    await ground.plant([
      { content: 'kept', ...OLD, references: 1 },
      { content: 'young object', objectHours: 23 },
      { content: 'young row', objectHours: 100, rowHours: 23 },
    ]);
    passDays(ground, 1);
    await ground.sql(`UPDATE blobs SET created_at = created_at - interval '1 day'`);
    await call(ground);
    expect(marked()).toEqual(keysOf('young object', 'young row'));
  });

  it('F18 takes a row whose time is infinite or in the future for a young one', async () => {
    await ground.plant([
      { content: 'kept', ...OLD, references: 1 },
      ...['infinite', 'future', 'old'].map((content) => ({ content, ...OLD })),
    ]);
    const set = (content: string, time: string) =>
      ground.sql(`UPDATE blobs SET created_at = '${time}' WHERE content_hash = $1`, [hashOf(content)]);
    await set('infinite', 'infinity');
    await set('future', '9999-01-01');
    await call(ground);
    expect(marked()).toEqual(keysOf('old'));
  });

  it('F56 counts a reference that is marked as deleted', async () => {
    await ground.plant([
      { content: 'deleted by its user', ...OLD, deletedReferences: 1 },
      { content: 'orphan', ...OLD },
    ]);
    await call(ground);
    expect(marked()).toEqual(keysOf('orphan'));
  });

  it('F53 keeps and reports keys that are spelled otherwise', async () => {
    const hash = hashOf('orphan');
    await ground.plant([
      { content: 'kept', ...OLD, references: 1 },
      { content: 'orphan', objectHours: 100 },
    ]);
    const lastModified = new Date(Date.now() - 100 * 3_600_000);
    const odd = [
      `${hash.slice(0, 2)}/${hash.slice(2, 4)}/${hash.toUpperCase()}`,
      `${hash.slice(0, 2)}%2F${hash.slice(2, 4)}%2F${hash}`,
      `${hash.slice(0, 2)}/00${hash.slice(2, 4)}/${hash.slice(2)}`,
      `${hash.slice(2, 4)}/${hash.slice(0, 2)}/${hash}`,
      hash,
      `${key('orphan')}.tmp`,
      'README.md',
      'zz/ü\u{1f600}',
    ];
    for (const other of odd) ground.aws.putObject(BUCKET, other, 'x', { lastModified });
    const report = await call(ground);
    expect(marked()).toEqual(keysOf('orphan'));
    expect(findingOf(report, 'unrecognised keys')?.what).toContain(`${odd.length} objects`);
  });

  it('F52 counts a reference to what has no row, and reports it', async () => {
    await ground.plant([
      { content: 'kept', ...OLD, references: 1 },
      { content: 'part without a row', objectHours: 100, parts: 1 },
    ]);
    const report = await call(ground);
    expect(marked()).toEqual([]);
    expect(findingOf(report, 'references without a row')?.what).toContain(key('part without a row'));
  });

  it('tells where ref_count is wrong, and trusts it neither way', async () => {
    await ground.plant([
      { content: 'counted too low', ...OLD, references: 1, refCount: 0 },
      { content: 'counted too high', ...OLD, refCount: 7 },
    ]);
    const report = await call(ground);
    expect(marked()).toEqual(keysOf('counted too high'));
    expect(findingOf(report, 'reference counts')?.what).toContain('2 rows');
  });
});

describe('what has been marked', () => {
  const markedAt = () => candidates(ground)[0]?.markedAt;
  const plantOrphan = async () => {
    await ground.plant([
      { content: 'kept', ...OLD, references: 10 },
      { content: 'orphan', ...OLD },
    ]);
    await call(ground);
    const first = markedAt();
    passDays(ground, 7);
    // The store tells its time in whole seconds, so two markings within one may seem to come in the other order.
    ground.aws.clock.advance(1_000);
    return first;
  };

  it('keeps the time of its first marking, and is due after its grace', async () => {
    const first = await plantOrphan();
    const report = await call(ground);
    expect(markedAt()).toBe(first);
    expect(report.detail).toMatchObject({ due: { objects: 1, bytes: 6 } });
  });

  it('F51 begins a new grace where it was needed at a marking in between', async () => {
    const first = await plantOrphan();
    await ground.sql('INSERT INTO objects (name, content_hash) VALUES ($1, $2)', ['again', hashOf('orphan')]);
    await call(ground);
    expect(candidates(ground)).toEqual([]);
    await ground.sql(`DELETE FROM objects WHERE name = 'again'`);
    await call(ground);
    expect(candidates(ground)).toHaveLength(1);
    expect(markedAt()).not.toBe(first);
  });

  it('F51 F59 begins a new grace where it was uploaded again, even with the same bytes', async () => {
    const first = await plantOrphan();
    removeFromBucket('orphan');
    const lastModified = new Date(ground.aws.clock.now().getTime() - 30 * 3_600_000);
    ground.aws.putObject(BUCKET, key('orphan'), 'orphan', { lastModified });
    await call(ground);
    expect(candidates(ground)).toHaveLength(1);
    expect(markedAt()).not.toBe(first);
  });

  it('F51 begins a new grace where its row is another one', async () => {
    const first = await plantOrphan();
    await ground.sql(`UPDATE blobs SET created_at = created_at + interval '3 days' WHERE content_hash = $1`, [
      hashOf('orphan'),
    ]);
    await call(ground);
    expect(markedAt()).not.toBe(first);
  });
});
