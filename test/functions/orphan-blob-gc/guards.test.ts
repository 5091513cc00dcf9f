import { describe, expect, it } from 'vitest';
import { watchingRequests } from '../meanwhile.ts';
import { BUCKET } from './ground.ts';
import {
  age,
  changes,
  key,
  markLongAgo,
  onceAt,
  plantOrphans,
  readable,
  refer,
  rows,
  sweep,
  TAKEN,
  takenState,
  targets,
  undo,
  useSweeping,
} from './sweeping.ts';

const ground = useSweeping();
const OLD = { objectHours: 500, rowHours: 500 };

const roomy = (settings: { policy: object; shards: number }) => {
  settings.shards = 1;
  Object.assign(settings.policy, { caps: { maxTargets: 1_000, maxPercent: 100 } });
};

const orphansOf = (count: number) => Array.from({ length: count }, (_, at) => `orphan ${at}`);

async function nothingTaken(before: string[]): Promise<void> {
  expect(changes(ground)).toEqual([]);
  expect(await rows(ground)).toEqual(before);
}

async function plantedRows(orphans = ['a', 'b']): Promise<string[]> {
  await plantOrphans(ground, { orphans });
  return rows(ground);
}

describe('guards of a sweep', () => {
  it('F11 over either cap nothing at all is taken, and both are judged over everything that is due', async () => {
    const before = await plantedRows(orphansOf(25));
    const edit = (caps: object) => (settings: { policy: object }) => {
      Object.assign(settings.policy, { caps, batchObjects: 2 });
    };
    const many = await sweep(ground, { edit: edit({ maxTargets: 24, maxPercent: 100 }) });
    expect(many).toMatchObject({
      verdict: 'refused',
      because: expect.stringContaining('policy.caps.maxTargets allows 24'),
    });
    const part = await sweep(ground, { edit: edit({ maxTargets: 1_000, maxPercent: 95 }) });
    expect(part).toMatchObject({
      verdict: 'refused',
      because: expect.stringContaining('policy.caps.maxPercent allows 95'),
    });
    await nothingTaken(before);
  });

  it('F12 a sweep in report mode changes nothing, and plans what enforce then takes', async () => {
    await plantOrphans(ground, { orphans: ['a', 'b'], rowless: ['c'] });
    const before = await rows(ground);
    const planned = await sweep(ground, { mode: 'report' });
    await nothingTaken(before);
    expect(takenState(ground)).toEqual({ after: '', sweeps: [] });
    expect(planned).toMatchObject({ verdict: 'skipped', because: expect.stringContaining('3 in all') });
    const done = await sweep(ground);
    expect(targets(planned, 'quarantine', 'planned')).toEqual(targets(done, 'quarantine', 'done'));
    expect(targets(done, 'quarantine', 'done')).toHaveLength(3);
  });

  it('F12 a sweep in report mode says what it would bring back, and brings nothing back', async () => {
    await plantedRows(['a']);
    await sweep(ground);
    await refer(ground, 'a');
    const taken = changes(ground);
    const planned = await sweep(ground, { mode: 'report' });
    expect([planned.verdict, targets(planned, 'restore', 'planned')]).toEqual(['skipped', [key('a')]]);
    expect([changes(ground), readable(ground)]).toEqual([taken, ['needed']]);
    expect(targets(await sweep(ground), 'restore', 'done')).toEqual([key('a')]);
  });

  it('F15 halted, it takes nothing; a brake that cannot be read refuses; undoing asks neither', async () => {
    const before = await plantedRows();
    ground.aws.putParameter('/nightshift/alexander/halt', 'halt');
    expect(await sweep(ground)).toMatchObject({ verdict: 'skipped', because: expect.stringContaining('says halt') });
    ground.aws.removeParameter('/nightshift/alexander/halt');
    expect(await sweep(ground)).toMatchObject({ verdict: 'refused', because: expect.stringContaining('means halt') });
    await nothingTaken(before);
    ground.aws.putParameter('/nightshift/alexander/halt', 'run');
    const { runId } = await sweep(ground);
    ground.aws.putParameter('/nightshift/alexander/halt', 'halt');
    expect(await undo(ground, runId)).toMatchObject({ verdict: 'acted' });
    expect(await rows(ground)).toEqual(before);
  });

  it('F15 halted in the middle, it stops before the next wave, and says what it did', { timeout: 60_000 }, async () => {
    await plantOrphans(ground, { rowless: orphansOf(501), orphans: [] }, { edit: roomy });
    const halt = () => ground.aws.putParameter('/nightshift/alexander/halt', 'halt');
    const url = '/alexander-evidence/reports/';
    const report = await onceAt(
      (request) => request.startsWith(`PUT ${url}`) && request.includes('wave-0.received'),
      halt,
      () => sweep(ground, { edit: roomy }),
    );
    expect(report).toMatchObject({ verdict: 'partial', because: expect.stringContaining('says halt') });
    expect(changes(ground)).toHaveLength(500);
    expect(readable(ground)).toHaveLength(2);
  });

  it('F15 halted, it still brings back by itself what is wanted again', async () => {
    await plantedRows(['a']);
    await sweep(ground);
    await refer(ground, 'a');
    ground.aws.putParameter('/nightshift/alexander/halt', 'halt');
    const report = await sweep(ground);
    expect(targets(report, 'restore', 'done')).toEqual([key('a')]);
    expect(readable(ground)).toContain('a');
  });

  it.each([
    'due.jsonl.gz',
    'plan.jsonl',
    'wave-0.jsonl',
    'taken.json',
  ])('F17 takes nothing where %s cannot be written', async (object) => {
    const before = await plantedRows();
    const fail = ({ method, url }: { method: string; url: string }) => {
      if (method === 'PUT' && url.includes(object))
        ground.aws.faults.fail('s3:PutObject', { code: 'AccessDenied', status: 403 }, 1);
    };
    const report = await watchingRequests(fail, () => sweep(ground));
    expect(report).toMatchObject({ verdict: 'failed', because: expect.stringContaining(object) });
    await nothingTaken(before);
  });

  it('F01 the same event twice, and a second sweep, take nothing more', async () => {
    await plantedRows();
    const asked = { requestId: 'the same' };
    expect(await sweep(ground, asked)).toMatchObject({ verdict: 'acted' });
    const once = changes(ground);
    expect(await sweep(ground, asked)).toMatchObject({
      verdict: 'skipped',
      because: expect.stringContaining('already handled'),
    });
    expect(await sweep(ground)).toMatchObject({ verdict: 'clean', examined: 2, outcomes: [] });
    expect(changes(ground)).toEqual(once);
  });

  it('F02 of two sweeps at once, one acts and the other says who holds the lease', async () => {
    const due = await plantOrphans(ground, { orphans: ['a', 'b'] });
    const both = await Promise.all([sweep(ground), sweep(ground)]);
    const [skipped, acted] = both.toSorted((a, b) => b.verdict.localeCompare(a.verdict));
    expect(skipped).toMatchObject({
      verdict: 'skipped',
      because: expect.stringMatching(/holds the lease|had the lease/),
    });
    expect(targets(acted as never, 'quarantine', 'done')).toEqual(due);
  });

  it('F54 takes nothing where references have become far fewer since the marking', async () => {
    const before = await plantedRows();
    await ground.sql('DELETE FROM objects');
    await ground.plant([{ content: 'other', ...OLD, parts: 1 }]);
    const report = await sweep(ground);
    expect(report).toMatchObject({
      verdict: 'refused',
      because: expect.stringContaining('public.objects.content_hash has 0'),
    });
    expect(changes(ground)).toEqual([]);
    expect(await rows(ground)).toEqual(expect.arrayContaining(before));
  });

  it('F55 takes nothing where a reference turns up that nobody declared', async () => {
    const before = await plantedRows();
    await ground.sql('CREATE TABLE avatars (content_hash varchar(64) REFERENCES blobs (content_hash))');
    await ground.sql('GRANT SELECT ON avatars TO nightshift_blobs_reader');
    try {
      const report = await sweep(ground);
      expect(report).toMatchObject({
        verdict: 'refused',
        because: expect.stringContaining('public.avatars.content_hash'),
      });
      await nothingTaken(before);
    } finally {
      await ground.sql('DROP TABLE avatars');
    }
  });

  const QUARANTINED = { id: 'quarantined', noncurrentDays: 14 };
  const archiving = (noncurrentDays: number) => ({
    id: 'cold',
    transitions: [{ storageClass: 'DEEP_ARCHIVE', noncurrentDays }],
  });

  it.each([
    ['erases', [{ id: 'hasty', noncurrentDays: 3 }], 'erases quarantined objects after 3 days'],
    ['archives', [QUARANTINED, archiving(3)], 'archives quarantined objects after 3 days'],
  ])('F60 takes nothing where the bucket %s too soon what is quarantined', async (_, rules, because) => {
    const before = await plantedRows();
    ground.aws.setLifecycle(BUCKET, rules);
    expect(await sweep(ground)).toMatchObject({ verdict: 'refused', because: expect.stringContaining(because) });
    await nothingTaken(before);
    ground.aws.setLifecycle(BUCKET, [QUARANTINED, archiving(7)]);
    expect(await sweep(ground)).toMatchObject({ verdict: 'acted' });
  });

  it('F60 after an undoing, nothing is taken until the grace is over once more', async () => {
    await plantedRows(['a']);
    const { runId } = await sweep(ground);
    await undo(ground, runId);
    await markLongAgo(ground);
    expect(await sweep(ground)).toMatchObject({ outcomes: [] });
    expect(readable(ground)).toContain('a');
    age(ground, TAKEN, 8);
    await markLongAgo(ground);
    expect(targets(await sweep(ground), 'quarantine', 'done')).toEqual([key('a')]);
  });

  it('refuses to undo a run that took nothing, and names those that did', async () => {
    await plantedRows();
    const { runId } = await sweep(ground);
    const report = await undo(ground, '20260101T000000Z-00000000');
    expect(report).toMatchObject({ verdict: 'refused', because: expect.stringContaining(runId) });
  });

  it('enforce is refused without the writers’ promise, and undoing is not', async () => {
    const before = await plantedRows();
    const { runId } = await sweep(ground);
    const edit = (settings: { writersCheckBeforeReuse: boolean }) => {
      settings.writersCheckBeforeReuse = false;
    };
    expect(await sweep(ground, { edit })).toMatchObject({ verdict: 'refused' });
    expect(await undo(ground, runId, { edit })).toMatchObject({ verdict: 'acted' });
    expect(await rows(ground)).toEqual(before);
  });
});
