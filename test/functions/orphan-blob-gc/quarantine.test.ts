import { describe, expect, it } from 'vitest';
import { PROBE_NAME } from '../../../functions/orphan-blob-gc/probe.ts';
import { watchingRequests } from '../meanwhile.ts';
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
  targets,
  undo,
  useSweeping,
} from './sweeping.ts';

const ground = useSweeping();

type Changeable = { store: { bucket: string }; quarantine: object };

describe('F60 a bucket whose quarantine does not hold', () => {
  it.each([
    ['keeps no versions', { versioned: false }, 'keeps no versions'],
    [
      'ignores If-Match on a deletion',
      { versioned: true, ignores: 'If-Match of deletions' as const },
      'ignores If-Match',
    ],
  ])('is refused where it %s, before any blob is touched', async (_, options, because) => {
    await plantOrphans(ground);
    const edit = (settings: Changeable) => {
      settings.store.bucket = 'unversioned';
    };
    ground.aws.createBucket('unversioned', options);
    ground.aws.setLifecycle('unversioned', [{ id: 'quarantined', noncurrentDays: 14 }]);
    for (const { key: name, body, lastModified } of ground.aws.objects(BUCKET)) {
      ground.aws.putObject('unversioned', name, body, { lastModified });
    }
    const { findings } = await markLongAgo(ground, { edit });
    const told = findings.filter(({ severity, what }) => severity === 'warning' && what.includes('keeps no versions'));
    expect(told).toHaveLength(options.versioned ? 0 : 1);
    const report = await sweep(ground, { edit });
    expect(report).toMatchObject({ verdict: 'refused', because: expect.stringContaining(because) });
    expect(ground.aws.objects('unversioned').filter((object) => /^[0-9a-f]{2}\//.test(object.key))).toHaveLength(2);
    expect(await rows(ground)).toHaveLength(2);
  });

  it('leaves nothing of its probe that could be read', async () => {
    await plantOrphans(ground);
    await sweep(ground);
    expect(ground.aws.objects(BUCKET).map((object) => object.key)).toEqual([key('needed')]);
  });
});

describe('F60 a quarantine that ceases to hold', () => {
  it('ends the run where somebody switches versions off in the middle of it', async () => {
    await plantOrphans(ground, { orphans: [], rowless: ['a'] });
    const report = await onceAt(
      `DELETE /${BUCKET}/${key('a')}`,
      () => ground.aws.suspendVersions(BUCKET),
      () => sweep(ground),
    );
    expect(report).toMatchObject({
      verdict: 'failed',
      because: expect.stringContaining('versioning is off or suspended'),
    });
    expect(targets(report, 'quarantine', 'done')).toEqual([]);
  });

  it('is refused where the probe does not come back from under its marker', async () => {
    await plantOrphans(ground);
    const before = await rows(ground);
    const looking = (text: string) => text.startsWith(`HEAD /${BUCKET}/${PROBE_NAME}`);
    let looks = 0;
    // The first look asks whether conditions are heeded.
    const second = (text: string) => {
      if (looking(text)) looks += 1;
      return looks === 2;
    };
    const hide = () => ground.aws.removeObject(BUCKET, PROBE_NAME);
    const report = await onceAt(second, hide, () => sweep(ground));
    expect(report).toMatchObject({ verdict: 'refused', because: expect.stringContaining('did not come back') });
    expect([changes(ground), await rows(ground)]).toEqual([[], before]);
  });
});

describe('a blob that is gone for good', () => {
  it('F60 fails an undoing also where it goes while its marker is removed', async () => {
    await plantOrphans(ground, { orphans: ['a'] });
    const { runId } = await sweep(ground);
    const removing = (text: string) => text.startsWith('DELETE') && text.includes('versionId=');
    const erase = () => ground.aws.eraseVersions(BUCKET, key('a'));
    const report = await onceAt(removing, erase, () => undo(ground, runId));
    expect(report).toMatchObject({ verdict: 'failed', because: expect.stringContaining('nor in quarantine any more') });
    expect(await rows(ground)).toHaveLength(1);
  });

  it('F51 makes the sweep fail when it is wanted again, and nothing more is taken', async () => {
    await plantOrphans(ground, { orphans: ['a'] });
    await sweep(ground);
    await refer(ground, 'a');
    // The lifecycle rule, or somebody, has erased the version.
    const erase = ({ url }: { url: string }) => {
      if (url.includes('versions')) ground.aws.eraseVersions(BUCKET, key('a'));
    };
    const report = await watchingRequests(erase, () => sweep(ground));
    expect(report).toMatchObject({ verdict: 'failed', because: expect.stringContaining(key('a')) });
    expect(readable(ground)).toEqual(['needed']);
  });

  it('is left alone where somebody else has deleted it as well', async () => {
    await plantOrphans(ground, { orphans: ['a'] });
    const { runId } = await sweep(ground);
    ground.aws.removeObject(BUCKET, key('a'));
    const report = await undo(ground, runId);
    expect(targets(report, 'restore', 'skipped')).toEqual([key('a')]);
    expect(readable(ground)).toEqual(['needed']);
  });
});
