import { describe, expect, it } from 'vitest';
import { watchingRequests } from '../meanwhile.ts';
import { evidence } from './ground.ts';
import {
  changes,
  onceAt,
  plantOrphans,
  readable,
  rows,
  sweep,
  takenState,
  targets,
  undo,
  useSweeping,
} from './sweeping.ts';

const ground = useSweeping();
const orphansOf = (count: number) => Array.from({ length: count }, (_, at) => `orphan ${at}`);

describe('time that runs out', () => {
  it('F04 out of time it begins no new wave, says how much is left, and the next run goes on from there', async () => {
    const due = await plantOrphans(ground, { orphans: orphansOf(3) });
    const edit = (settings: { policy: object }) => {
      Object.assign(settings.policy, { batchObjects: 2 });
    };
    const first = await sweep(ground, { edit });
    expect(first).toMatchObject({ verdict: 'partial', because: expect.stringContaining('1 of 3 due blobs are left') });
    expect(first.because).toMatch(/takes about \d+ seconds at this pace/);
    const late = await sweep(ground, { edit, remainingMs: () => 20_000 });
    expect(late).toMatchObject({ verdict: 'partial', because: expect.stringContaining('Time ran out. 1 of 1') });
    const second = await sweep(ground, { edit });
    expect(second.verdict).toBe('acted');
    expect([...targets(first, 'quarantine', 'done'), ...targets(second, 'quarantine', 'done')]).toEqual(due);
  });

  it('F04 takes no larger a wave than the rate allows in the time that is left', async () => {
    await plantOrphans(ground, { orphans: orphansOf(15) });
    const edit = (settings: { policy: object }) => void Object.assign(settings.policy, { requestsPerSecond: 100 });
    const left = (ms: number) => ({ edit, remainingMs: () => 10_000 + 15_000 + ms });
    const { verdict } = await sweep(ground, left(300));
    const waves = evidence(ground.aws).filter((object) => /wave-\d+\.jsonl$/.test(object.key));
    const sizes = waves.map(({ body }) => body.toString().trim().split('\n').length);
    expect(verdict).toBe('acted');
    expect(Math.max(...sizes)).toBeLessThanOrEqual(10);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(15);
  });

  it('F04 time that runs out within a wave leaves the rest of it where it is, rows included', async () => {
    await plantOrphans(ground, { orphans: orphansOf(2) });
    const before = await rows(ground);
    let remainingMs = 60_000;
    const report = await onceAt(
      (request) => request.startsWith('PUT') && request.includes('wave-0.jsonl'),
      () => {
        remainingMs = 15_000;
      },
      () => sweep(ground, { remainingMs: () => remainingMs }),
    );
    const skipped = report.outcomes.map(({ status, error }) => [status, error]);
    expect(skipped).toEqual([1, 2].map(() => ['skipped', 'time ran out before its turn']));
    expect([changes(ground), await rows(ground)]).toEqual([[], before]);
  });

  it('F04 undoing that time runs out in is gone on with where it stopped', async () => {
    await plantOrphans(ground, { orphans: orphansOf(6) });
    const edit = (settings: { policy: object }) => void Object.assign(settings.policy, { requestsPerSecond: 100 });
    const { runId } = await sweep(ground, { edit, remainingMs: () => 25_000 + 60 });
    const { waves = 0 } = takenState(ground).sweeps[0] ?? {};
    expect(waves).toBeGreaterThan(2);
    let remainingMs = 60_000;
    const first = await watchingRequests(
      // The first wave is on record as brought back: the time of undoing was written before.
      ({ method, url }) => {
        if (method === 'PUT' && url.includes('taken.json')) remainingMs = readable(ground).length > 1 ? 15_000 : 60_000;
      },
      () => undo(ground, runId, { remainingMs: () => remainingMs }),
    );
    expect(first).toMatchObject({ verdict: 'partial', because: expect.stringContaining('Undo the same run again') });
    expect(takenState(ground).sweeps[0]).toMatchObject({ undone: 1 });
    const second = await undo(ground, runId);
    expect(second.verdict).toBe('acted');
    expect(targets(second, 'restore', 'skipped')).toEqual([]);
    expect([...targets(first, 'restore', 'done'), ...targets(second, 'restore', 'done')]).toHaveLength(6);
    expect(readable(ground)).toHaveLength(7);
    expect(await undo(ground, runId)).toMatchObject({ verdict: 'skipped', examined: 6 });
  });
});
