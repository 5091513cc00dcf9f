import { describe, expect, it } from 'vitest';
import { hashOf, keyOf } from '../../../local/blobs/schema.ts';
import { watchingRequests } from '../meanwhile.ts';
import { BUCKET, call, candidates, findingOf, useGround } from './ground.ts';

const ground = useGround();
const OLD = { objectHours: 100, rowHours: 100 };
const ENOUGH = { id: 'enough', noncurrentDays: 30 };
const TAG = { key: 'a', value: 'b' };
const key = (content: string) => keyOf(hashOf(content));
const target = (content: string) => `s3://${BUCKET}/${key(content)}`;

/** At the moment at which the listing’s first page is asked for, and so after the snapshot. */
function duringTheListing(act: () => void, work: () => Promise<unknown>) {
  let isDone = false;
  return watchingRequests(({ url }) => {
    if (isDone || !url.includes('list-type=2') || !url.includes(BUCKET)) return;
    isDone = true;
    act();
  }, work);
}

describe('F62 a referenced row without its object', () => {
  it('is critical, each by its own name, and the page topic is told', async () => {
    await ground.plant([
      { content: 'kept', ...OLD, references: 1 },
      { content: 'lost', rowHours: 100, references: 2 },
      { content: 'lost part', rowHours: 100, parts: 1 },
    ]);
    const report = await call(ground);
    const lost = report.findings.filter(({ severity }) => severity === 'critical');
    expect(lost.map((finding) => finding.target)).toEqual([target('lost'), target('lost part')].toSorted());
    expect(lost.map(({ what }) => what).join()).toContain('possible data loss');
    expect(report.metrics).toMatchObject({ CriticalFindings: { value: 2 }, LostBlobs: { value: 2 } });
    expect(ground.aws.published().some(({ message }) => message.includes(key('lost')))).toBe(true);
  });

  it('is looked up again by HEAD: an object that is there after all is not lost', async () => {
    await ground.plant([
      { content: 'kept', ...OLD, references: 1 },
      { content: 'slow', rowHours: 100, references: 1 },
    ]);
    const first = ground.aws.objects(BUCKET)[0]?.key ?? '';
    // Between the listing and the look: nothing else is asked of an object of this bucket.
    const put = () => ground.aws.putObject(BUCKET, key('slow'), 'slow');
    const report = await watchingRequests(
      ({ method, url }) => method === 'HEAD' && url.includes(key('slow')) && put(),
      () => call(ground),
    );
    expect(first).toBe(key('kept'));
    expect(report).toMatchObject({ verdict: 'clean', metrics: { LostBlobs: { value: 0 } } });
  });

  it('is looked up again by its row: what the system removed meanwhile is not lost', async () => {
    await ground.plant([
      { content: 'kept', ...OLD, references: 10 },
      { content: 'removed', ...OLD, references: 1 },
    ]);
    let removed: Promise<unknown> | undefined;
    const remove = () => {
      ground.aws.removeObject(BUCKET, key('removed'));
      removed = ground.sql(`DELETE FROM objects WHERE content_hash = '${hashOf('removed')}'`);
      removed = removed.then(() => ground.sql(`DELETE FROM blobs WHERE content_hash = '${hashOf('removed')}'`));
    };
    let report: Awaited<ReturnType<typeof call>> | undefined;
    await duringTheListing(remove, async () => {
      report = await call(ground);
    });
    await removed;
    expect(report).toMatchObject({ verdict: 'clean' });
    expect(candidates(ground)).toEqual([]);
  });

  it('is critical where the object has another size than its row says', async () => {
    await ground.plant([{ content: 'cut off', ...OLD, references: 1, rowBytes: 70 }]);
    const report = await call(ground);
    expect(report.findings).toMatchObject([
      { severity: 'critical', target: target('cut off'), what: expect.stringContaining('70 bytes, the object has 7') },
    ]);
    const edit = (settings: { blobs: { size?: string } }) => delete settings.blobs.size;
    expect(await call(ground, { edit })).toMatchObject({ verdict: 'clean' });
  });

  it('is nothing where the row is young, and no loss where nothing references it', async () => {
    await ground.plant([
      { content: 'kept', ...OLD, references: 1 },
      { content: 'in flight', rowHours: 1, references: 1 },
      { content: 'of nothing', rowHours: 100 },
    ]);
    const report = await call(ground);
    expect(report.findings).toMatchObject([{ severity: 'info', what: expect.stringContaining(hashOf('of nothing')) }]);
    expect(findingOf(report, 'rows of nothing')).toBeDefined();
  });

  it('is a warning where a reference has neither row nor object', async () => {
    await ground.plant([
      { content: 'kept', ...OLD, references: 1 },
      { content: 'never uploaded', parts: 3 },
    ]);
    const report = await call(ground);
    expect(report.findings).toMatchObject([
      { severity: 'warning', target: target('never uploaded'), what: expect.stringContaining('3 references') },
    ]);
  });

  it('names a thousand of a shard, and counts the others in one critical finding', async () => {
    const lost = Array.from({ length: 1_200 }, (_, n) => ({ content: `lost ${n}`, rowHours: 100, references: 1 }));
    await ground.plant([{ content: 'kept', ...OLD, references: 1 }, ...lost]);
    const edit = (settings: object) => Object.assign(settings, { shards: 1 });
    const report = await call(ground, { edit });
    expect(report.metrics).toMatchObject({ LostBlobs: { value: 1_000 }, CriticalFindings: { value: 1_001 } });
    expect(findingOf(report, 'more lost blobs')?.what).toContain('200 more');
  });
});

describe('beside the blobs', () => {
  it('unfinished uploads are told when they are old, over pages, whatever is in their names', async () => {
    await ground.plant([{ content: 'kept', ...OLD, references: 1 }]);
    const initiated = new Date(Date.now() - 100 * 3_600_000);
    for (let n = 0; n < 1_001; n += 1) {
      ground.aws.plantUpload(BUCKET, { key: `up/a b+${String(n).padStart(4, '0')}`, uploadId: `id ${n}`, initiated });
    }
    ground.aws.plantUpload(BUCKET, { key: 'up/young', uploadId: 'young', initiated: new Date() });
    const report = await call(ground);
    expect(report.findings).toMatchObject([
      { severity: 'warning', what: expect.stringMatching(/^1001 uploads.*up\/a b\+0000/) },
    ]);
  });

  it('temporary objects are told when they are old, and are no strangers', async () => {
    await ground.plant([{ content: 'kept', ...OLD, references: 1 }]);
    const lastModified = new Date(Date.now() - 100 * 3_600_000);
    ground.aws.putObject(BUCKET, 'tmp/old', 'x', { lastModified });
    ground.aws.putObject(BUCKET, 'tmp/young', 'x');
    const edit = (settings: object) => Object.assign(settings, { temporary: ['tmp/'] });
    const report = await call(ground, { edit });
    expect(report.findings).toMatchObject([{ what: expect.stringMatching(/^1 temporary objects.*tmp\/old/) }]);
  });

  it.each([
    ['no rule at all', [], 'warning', 'no lifecycle rule'],
    ['a rule that is too short', [{ id: 'q', noncurrentDays: 3 }], 'critical', 'after 3 days'],
    [
      'a rule that is too short for some',
      [ENOUGH, { id: 'q', prefix: 'aa/', noncurrentDays: 3 }],
      'critical',
      '3 days',
    ],
    [
      'a rule that is too short for what has a tag',
      [ENOUGH, { id: 'q', tag: TAG, noncurrentDays: 3 }],
      'critical',
      '3 days',
    ],
    [
      'a rule that erases at a date',
      [ENOUGH, { id: 'q', expireDate: '2030-01-01T00:00:00Z' }],
      'critical',
      'referenced or not',
    ],
    ['a rule of another prefix', [{ id: 'q', prefix: 'aa/', noncurrentDays: 30 }], 'warning', 'no lifecycle rule'],
    [
      'a rule that erases living blobs',
      [{ id: 'all', expireDays: 30, noncurrentDays: 30 }],
      'critical',
      'referenced or not',
    ],
    [
      'a rule that archives what is quarantined within the grace',
      [ENOUGH, { id: 'cold', transitions: [{ storageClass: 'GLACIER', noncurrentDays: 6 }] }],
      'critical',
      'archives quarantined objects after 6 days',
    ],
    [
      'a rule that keeps the newest of former versions',
      [{ id: 'q', noncurrentDays: 30, newerNoncurrent: 1 }],
      'warning',
      'no lifecycle rule',
    ],
  ])('%s is told', async (_, rules, severity, what) => {
    await ground.plant([{ content: 'kept', ...OLD, references: 1 }]);
    ground.aws.setLifecycle(BUCKET, rules);
    expect((await call(ground)).findings).toMatchObject([{ severity, what: expect.stringContaining(what) }]);
    const edit = (settings: object) => Object.assign(settings, { lifecycleRule: false });
    expect(await call(ground, { edit })).toMatchObject({ verdict: 'clean' });
  });
});
