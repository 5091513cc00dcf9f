import { beforeEach, describe, expect, it } from 'vitest';
import { watchingRequests } from '../meanwhile.ts';
import { BUCKET } from './ground.ts';
import {
  actAs,
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

type Changeable = { store: { bucket: string }; quarantine: object };

describe('quarantine under another prefix, in a bucket that keeps no versions', () => {
  const PLAIN = 'plain-blobs';
  const edit = (settings: Changeable) => {
    settings.store.bucket = PLAIN;
    settings.quarantine = { kind: 'prefix', prefix: 'quarantine/' };
  };
  const left = () => ground.aws.objects(PLAIN).map((object) => object.key);
  const living = () => left().filter((name) => /^[0-9a-f]{2}\//.test(name));

  beforeEach(() => {
    actAs(ground, 'orphan-blob-gc copying');
    ground.aws.createBucket(PLAIN);
    ground.aws.setLifecycle(PLAIN, [{ id: 'quarantined', prefix: 'quarantine/', expireDays: 14 }]);
  });

  async function plant(): Promise<string[]> {
    await ground.plant([
      { content: 'needed', objectHours: 500, rowHours: 500, references: 1 },
      { content: 'a', objectHours: 500, rowHours: 500 },
      { content: 'b', objectHours: 500 },
    ]);
    for (const object of ground.aws.objects(BUCKET)) {
      const parts = object.key === key('b') ? { isMultipart: true, checksum: 'SHA256' as const } : {};
      ground.aws.putObject(PLAIN, object.key, object.body, { lastModified: object.lastModified, ...parts });
    }
    await markLongAgo(ground, { edit });
    return [key('a'), key('b')].toSorted();
  }

  it('F60 copies, compares and only then removes; undone, all is as it was', async () => {
    await plant();
    const before = await rows(ground);
    const report = await sweep(ground, { edit });
    expect(targets(report, 'quarantine', 'done')).toContain(key('a'));
    expect(left()).toContain(`quarantine/${key('a')}`);
    expect(living()).not.toContain(key('a'));
    expect(living()).toContain(key('needed'));
    await undo(ground, report.runId, { edit });
    expect(living()).toHaveLength(3);
    expect(await rows(ground)).toEqual(before);
  });

  it('takes nothing of which the copy cannot be compared: an upload in parts has another ETag, and no checksum of the whole', async () => {
    await plant();
    const report = await sweep(ground, { edit });
    const outcome = report.outcomes.find(({ target }) => target === key('b'));
    expect(outcome).toMatchObject({
      status: 'skipped',
      error: expect.stringContaining('neither its ETag nor a checksum'),
    });
    expect(targets(report, 'quarantine', 'done')).toEqual([key('a')]);
    expect(living()).toContain(key('b'));
  });

  it('F51 brings back what is wanted again', async () => {
    await plant();
    await sweep(ground, { edit });
    await refer(ground, 'a');
    const report = await sweep(ground, { edit });
    expect(targets(report, 'restore', 'done')).toEqual([key('a')]);
    expect(living()).toContain(key('a'));
  });
});

describe('F60 a bucket whose quarantine does not hold', () => {
  it.each([
    ['keeps no versions', { versioned: false }, 'keeps no versions'],
    ['ignores If-Match on a deletion', { versioned: true, ignoresConditions: true }, 'ignores If-Match'],
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
    await markLongAgo(ground, { edit });
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

describe('a blob that is gone for good', () => {
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
