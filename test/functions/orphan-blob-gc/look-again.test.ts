import { describe, expect, it } from 'vitest';
import { hashOf } from '../../../local/blobs/schema.ts';
import { BUCKET } from './ground.ts';
import {
  changes,
  key,
  markLongAgo,
  onceAt,
  plantOrphans,
  readable,
  refer,
  rows,
  sweep,
  takenState,
  targets,
  undo,
  useSweeping,
} from './sweeping.ts';

const ground = useSweeping();

describe('looking again', () => {
  it('F51 spares what something references by now, in any of the columns', async () => {
    await plantOrphans(ground, { orphans: ['by a part', 'by an object', 'as a base', 'orphan'], rowless: ['rowless'] });
    await refer(ground, 'by a part');
    await refer(ground, 'rowless');
    await ground.sql(`INSERT INTO objects (name, content_hash, deleted_at) VALUES ('o', $1, now())`, [
      hashOf('by an object'),
    ]);
    await ground.sql('UPDATE blobs SET delta_base_hash = $1 WHERE content_hash = $2', [
      hashOf('as a base'),
      hashOf('needed'),
    ]);
    const report = await sweep(ground);
    expect(targets(report, 'quarantine', 'done')).toEqual([key('orphan')]);
    expect(targets(report, 'quarantine', 'skipped')).toHaveLength(4);
    expect(changes(ground)).toEqual([`DeleteObject arn:aws:s3:::${BUCKET}/${key('orphan')}`]);
  });

  it('F59 spares what was uploaded again, and what has another row', async () => {
    const orphans = ['uploaded', 'replaced', 'another row', 'gone', 'without row'];
    await plantOrphans(ground, { orphans, rowless: ['a row by now'] });
    ground.aws.putObject(BUCKET, key('uploaded'), 'uploaded');
    // As where a clock went back: other bytes, and no later time.
    const [{ lastModified } = {}] = ground.aws.objects(BUCKET).filter((object) => object.key === key('replaced'));
    ground.aws.putObject(BUCKET, key('replaced'), 'other', lastModified === undefined ? {} : { lastModified });
    await ground.plant([{ content: 'a row by now', rowHours: 500 }]);
    await ground.sql(`UPDATE blobs SET created_at = now() WHERE content_hash = $1`, [hashOf('another row')]);
    await ground.sql(`DELETE FROM blobs WHERE content_hash = $1`, [hashOf('without row')]);
    ground.aws.removeObject(BUCKET, key('gone'));
    const before = await rows(ground);
    const report = await sweep(ground);
    expect(targets(report, 'quarantine', 'done')).toEqual([]);
    expect(report.outcomes.map(({ error }) => error).toSorted()).toEqual([
      'it has a row now',
      'it has another row now',
      'it is gone',
      'it was uploaded again since it was marked',
      'it was uploaded again since it was marked',
      'its row is gone',
    ]);
    expect(await rows(ground)).toEqual(before);
  });

  it('F58 says of each blob how it ended: one that is replaced at that moment stays, with its row, and the others go', async () => {
    const [first = '', second = '', third = ''] = await plantOrphans(ground, { orphans: ['a', 'b', 'c'] });
    const replace = () => ground.aws.putObject(BUCKET, second, 'replaced');
    const report = await onceAt(`DELETE /${BUCKET}/${second}`, replace, () => sweep(ground));
    expect(report.outcomes).toMatchObject([
      { target: first, status: 'done' },
      { target: second, status: 'skipped', error: 'it was uploaded again since it was looked at' },
      { target: third, status: 'done' },
    ]);
    expect(readable(ground).toSorted()).toEqual(['needed', 'replaced']);
    expect(await rows(ground)).toHaveLength(2);
  });

  it('F58 an error at one blob ends the run, which says what it had done by then and puts back the rows of the rest', async () => {
    const [first = '', second = ''] = await plantOrphans(ground, { orphans: ['a', 'b', 'c'] });
    const before = await rows(ground);
    const fail = () => ground.aws.faults.fail('s3:DeleteObject', { code: 'InvalidRequest', status: 400 }, 1);
    const report = await onceAt(`DELETE /${BUCKET}/${second}`, fail, () => sweep(ground));
    expect(report).toMatchObject({ verdict: 'failed', because: expect.stringContaining(second) });
    expect(targets(report, 'quarantine', 'done')).toEqual([first]);
    expect(readable(ground)).toHaveLength(3);
    expect(await rows(ground)).toHaveLength(before.length - 1);
    expect(takenState(ground).sweeps).toMatchObject([{ open: [] }]);
    await undo(ground, report.runId);
    expect(await rows(ground)).toEqual(before);
  });

  it('F06 throttled for a while it waits and goes on; throttled for ever it fails, and nothing is lost', async () => {
    const due = await plantOrphans(ground, { orphans: ['a', 'b'] });
    const before = await rows(ground);
    const throttle = (times: number) => () => ground.aws.faults.throttle('s3:DeleteObject', times);
    const failed = await onceAt(`DELETE /${BUCKET}/${due[0]}`, throttle(100), () => sweep(ground));
    expect(failed).toMatchObject({ verdict: 'failed', because: expect.stringContaining('SlowDown') });
    ground.aws.faults.clear();
    expect(await rows(ground)).toEqual(before);
    await markLongAgo(ground);
    const report = await onceAt(`DELETE /${BUCKET}/${due[0]}`, throttle(2), () => sweep(ground));
    expect(targets(report, 'quarantine', 'done')).toEqual(due);
  });
});
