import { describe, expect, it } from 'vitest';
import { whyUncopiable } from '../../../functions/orphan-blob-gc/copies.ts';
import { hashOf } from '../../../local/blobs/schema.ts';
import { watchingRequests } from '../meanwhile.ts';
import { aside, COPYING, living, PLAIN, plantCopies, useCopying } from './copying.ts';
import { key, markLongAgo, onceAt, refer, rows, sweep, targets, undo } from './sweeping.ts';

const ground = useCopying();
/** A lease is given back when its run’s time is over. */
const LEASE_MS = 66_000;
const COPY = `quarantine/${key('a')}`;

/** The same bytes once more, as a writer uploads them. */
const upload = (content = 'a') => ground.aws.putObject(PLAIN, key('a'), content);
const outcomeOf = ({ outcomes }: Awaited<ReturnType<typeof sweep>>, content: string) =>
  outcomes.find(({ target }) => target === key(content));

describe('quarantine under another prefix, in a bucket that keeps no versions', () => {
  it('F60 copies, compares and only then removes; undone, all is as it was', async () => {
    await plantCopies(ground, { orphans: ['a'], rowless: ['b'] });
    const before = await rows(ground);
    const report = await sweep(ground, COPYING);
    expect(targets(report, 'quarantine', 'done')).toEqual([key('a'), key('b')].toSorted());
    expect([living(ground), aside(ground)]).toEqual([['needed'], expect.arrayContaining([COPY])]);
    await undo(ground, report.runId, COPYING);
    expect(living(ground).toSorted()).toEqual(['a', 'b', 'needed']);
    expect(await rows(ground)).toEqual(before);
  });

  it('takes nothing of which the copy cannot be compared: an upload in parts has another ETag, and no checksum of the whole', async () => {
    await plantCopies(ground, { orphans: ['a', 'b'], inParts: ['b'] });
    const report = await sweep(ground, COPYING);
    const error = expect.stringContaining('neither its ETag nor a checksum');
    expect(outcomeOf(report, 'b')).toMatchObject({ status: 'skipped', error });
    expect(targets(report, 'quarantine', 'done')).toEqual([key('a')]);
    expect(living(ground).toSorted()).toEqual(['b', 'needed']);
  });

  it.each([
    ['copies', 'quarantine/', 'critical', 'archives quarantined objects after 5 days'],
    ['blobs', 'ab', 'warning', 'cannot be copied'],
  ])('F60 is judged by whether a rule archives %s', async (_, prefix, severity, what) => {
    await plantCopies(ground);
    const cold = { id: 'cold', prefix, transitions: [{ storageClass: 'GLACIER', days: 5 }] };
    ground.aws.setLifecycle(PLAIN, [{ id: 'quarantined', prefix: 'quarantine/', expireDays: 14 }, cold]);
    const { findings } = await markLongAgo(ground, COPYING);
    expect(findings).toContainEqual(expect.objectContaining({ severity, what: expect.stringContaining(what) }));
    const { verdict } = await sweep(ground, COPYING);
    expect(verdict).toBe(severity === 'critical' ? 'refused' : 'acted');
  });

  it('leaves what cannot be copied where it is: what is archived, and what is larger than one request copies', async () => {
    await plantCopies(ground);
    const [before] = ground.aws.objects(PLAIN).filter((object) => object.key === key('a'));
    ground.aws.putObject(PLAIN, key('a'), 'a', { storageClass: 'GLACIER', lastModified: before?.lastModified as Date });
    const report = await sweep(ground, COPYING);
    const error = expect.stringContaining('it is archived (GLACIER)');
    expect([report.verdict, outcomeOf(report, 'a')]).toMatchObject(['clean', { status: 'skipped', error }]);
    expect(living(ground)).toContain('a');
    const large = (bytes: number) =>
      whyUncopiable({ version: { etag: '""', bytes }, storageClass: 'STANDARD' } as never);
    expect([large(5 * 1024 ** 3), large(5 * 1024 ** 3 + 1)]).toEqual([undefined, expect.stringContaining('5 GiB')]);
  });
});

describe('F59 an object that is uploaded again while it is taken', () => {
  it.each([
    ['the same bytes', 'a'],
    ['other ones', 'something else'],
  ])('stays, where it is found before its removal (%s)', async (_, content) => {
    await plantCopies(ground);
    let looks = 0;
    // The first look is at the whole wave, the second right before the removal.
    const isLast = (text: string) => {
      if (text.startsWith(`HEAD /${PLAIN}/${key('a')}`)) looks += 1;
      return looks === 2;
    };
    const report = await onceAt(
      isLast,
      () => upload(content),
      () => sweep(ground, COPYING),
    );
    expect(outcomeOf(report, 'a')).toMatchObject({ status: 'skipped', error: expect.stringContaining('replaced') });
    expect(living(ground)).toContain(content);
    expect(await rows(ground)).toHaveLength(2);
  });

  it('stays where it is another by the time of its removal', async () => {
    await plantCopies(ground);
    const removal = `DELETE /${PLAIN}/${key('a')}`;
    const report = await onceAt(
      removal,
      () => upload('something else'),
      () => sweep(ground, COPYING),
    );
    expect(outcomeOf(report, 'a')).toMatchObject({
      status: 'skipped',
      error: expect.stringContaining('uploaded again'),
    });
    expect(living(ground)).toContain('something else');
  });

  it('F51 comes back from its copy where it was the same bytes, at the very moment of the removal', async () => {
    await plantCopies(ground, { rowless: ['a'], orphans: [] });
    const removal = `DELETE /${PLAIN}/${key('a')}`;
    await onceAt(removal, upload, () => sweep(ground, COPYING));
    expect(living(ground)).toEqual(['needed']);
    await ground.plant([{ content: 'a', rowHours: 0 }]);
    await refer(ground, 'a');
    const report = await sweep(ground, COPYING);
    expect(targets(report, 'restore', 'done')).toEqual([key('a')]);
    expect(living(ground).toSorted()).toEqual(['a', 'needed']);
  });
});

describe('F60 what comes back is what was taken', () => {
  const takeA = async () => {
    await plantCopies(ground);
    return (await sweep(ground, COPYING)).runId;
  };

  it.each([
    ['other bytes of the same size', 'b'],
    ['other bytes', 'something else'],
  ])('and nothing else: a copy with %s is refused, and the key stays empty', async (_, content) => {
    const runId = await takeA();
    ground.aws.putObject(PLAIN, COPY, content);
    const report = await undo(ground, runId, COPYING);
    expect(report).toMatchObject({ verdict: 'failed', because: expect.stringContaining('is not what was taken') });
    expect(living(ground)).toEqual(['needed']);
    await refer(ground, 'a');
    expect(await sweep(ground, COPYING)).toMatchObject({
      verdict: 'failed',
      because: expect.stringContaining(key('a')),
    });
  });

  it('also by its checksum, where the ETag of a copy is another', async () => {
    const kms = { kmsKeyArn: 'arn:aws:kms:eu-central-1:111122223333:key/own' };
    const runId = await takeA();
    ground.aws.putObject(PLAIN, COPY, 'a', kms);
    expect(await undo(ground, runId, COPYING)).toMatchObject({ verdict: 'acted' });
    expect(living(ground).toSorted()).toEqual(['a', 'needed']);
  });

  it('and is told where its copy is gone', async () => {
    const runId = await takeA();
    ground.aws.removeObject(PLAIN, COPY);
    const report = await undo(ground, runId, COPYING);
    expect(report).toMatchObject({ verdict: 'failed', because: expect.stringContaining('nor in quarantine any more') });
  });

  it('and is looked at once more in its place', async () => {
    const runId = await takeA();
    let looks = 0;
    const second = (text: string) => {
      if (text.startsWith(`HEAD /${PLAIN}/${key('a')}`)) looks += 1;
      return looks === 2;
    };
    const report = await onceAt(
      second,
      () => upload('something else'),
      () => undo(ground, runId, COPYING),
    );
    expect(report).toMatchObject({ verdict: 'failed', because: expect.stringContaining('was copied back, and has') });
  });

  it('F61 so that an older copy under that name does not count for what a run that died had not copied yet', async () => {
    await plantCopies(ground);
    ground.aws.putObject(PLAIN, COPY, 'something older');
    const die = () => ground.aws.faults.die();
    await onceAt(`PUT /${PLAIN}/${COPY}`, die, () => sweep(ground, COPYING)).catch(() => {});
    ground.aws.faults.clear();
    ground.aws.clock.advance(LEASE_MS);
    ground.aws.removeObject(PLAIN, key('a'));
    const report = await sweep(ground, COPYING);
    expect(report.outcomes).toEqual([]);
    expect(report.verdict).toBe('clean');
  });

  it('F51 never over what somebody uploaded in the meantime', async () => {
    const runId = await takeA();
    const back = (text: string) => text.startsWith(`PUT /${PLAIN}/${key('a')}`);
    await onceAt(
      back,
      () => upload('something else'),
      () => undo(ground, runId, COPYING),
    );
    expect(living(ground).toSorted()).toEqual(['needed', 'something else']);
  });

  it('F51 when it is wanted again', async () => {
    await takeA();
    await refer(ground, 'a');
    const report = await sweep(ground, COPYING);
    expect(targets(report, 'restore', 'done')).toEqual([key('a')]);
    expect(living(ground)).toContain('a');
    expect((await rows(ground)).join()).toContain(hashOf('a'));
  });
});

describe('F60 a store that accepts a condition and does not heed it', () => {
  it.each([
    ['If-Match of deletions', 'ignores If-Match when it deletes'],
    ['ETag of what is copied', 'ignores x-amz-copy-source-if-match'],
    ['If-None-Match of copies', 'ignores If-None-Match'],
  ] as const)('is refused before any blob is touched: %s', async (ignores, because) => {
    const careless = 'unversioned';
    const edit = (settings: Parameters<typeof COPYING.edit>[0]) => {
      COPYING.edit(settings);
      settings.store.bucket = careless;
    };
    await plantCopies(ground);
    ground.aws.createBucket(careless, { ignores });
    ground.aws.setLifecycle(careless, [{ id: 'quarantined', prefix: 'quarantine/', expireDays: 14 }]);
    for (const { key: name, body, lastModified } of ground.aws.objects(PLAIN))
      ground.aws.putObject(careless, name, body, { lastModified });
    await markLongAgo(ground, { edit });
    const urls: string[] = [];
    const report = await watchingRequests(
      ({ method, url }) => void (method === 'HEAD' || method === 'GET' || urls.push(url)),
      () => sweep(ground, { edit }),
    );
    expect(report).toMatchObject({ verdict: 'refused', because: expect.stringContaining(because) });
    expect(urls.filter((url) => url.startsWith(`/${careless}/`) && !url.includes('nightshift-probe'))).toEqual([]);
    expect(await rows(ground)).toHaveLength(2);
  });
});

describe('a request of ours that arrives when nobody waits for it any more', () => {
  it('F51 is undone from the copy by the next sweep, where it is a removal', async () => {
    await plantCopies(ground);
    const on = new RegExp(`^s3:DeleteObject .*:${PLAIN}/${key('a')}$`);
    ground.aws.faults.hold({ on, when: 'before' }, () => refer(ground, 'a'));
    const report = await sweep(ground, COPYING);
    expect(targets(report, 'quarantine', 'skipped')).toEqual([key('a')]);
    ground.aws.removeObject(PLAIN, key('a'));
    expect(targets(await sweep(ground, COPYING), 'restore', 'done')).toEqual([key('a')]);
    expect(living(ground).toSorted()).toEqual(['a', 'needed']);
  });

  it('F60 leaves undoing the row to bring back, where it is a copy into its place', async () => {
    await plantCopies(ground);
    const before = await rows(ground);
    const { runId } = await sweep(ground, COPYING);
    upload();
    expect(await undo(ground, runId, COPYING)).toMatchObject({ verdict: 'acted' });
    expect([living(ground).toSorted(), await rows(ground)]).toEqual([['a', 'needed'], before]);
  });
});
