import { describe, expect, it } from 'vitest';
import {
  age,
  markLongAgo,
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

describe('a sweep', () => {
  it('puts both kinds of orphan out of the way once they have waited, with their rows, and nothing else', async () => {
    const due = await plantOrphans(ground, { orphans: ['a', 'b'], rowless: ['c'] });
    const report = await sweep(ground);
    expect([report.verdict, report.because]).toEqual(['acted', undefined]);
    expect(targets(report, 'quarantine', 'done')).toEqual(due);
    expect(readable(ground)).toEqual(['needed']);
    expect(await rows(ground)).toHaveLength(1);
    expect(takenState(ground).sweeps).toMatchObject([{ runId: report.runId, waves: 1, open: [] }]);
  });

  it('F60 is undone whole by one command, rows included, and undoing twice is undoing once', async () => {
    const before = await plantOrphans(ground, { orphans: ['a', 'b'], rowless: ['c'] }).then(() => rows(ground));
    const { runId } = await sweep(ground);
    const undone = await undo(ground, runId);
    expect([undone.verdict, undone.because]).toEqual(['acted', undefined]);
    expect(targets(undone, 'restore', 'done')).toHaveLength(3);
    expect(readable(ground).toSorted()).toEqual(['a', 'b', 'c', 'needed']);
    expect(await rows(ground)).toEqual(before);
    const again = await undo(ground, runId);
    expect(again.verdict).toBe('skipped');
    expect(targets(again, 'restore', 'done')).toEqual([]);
    expect(await rows(ground)).toEqual(before);
  });

  it('takes nothing that has not waited for its grace, and says when the space of what it takes comes back', async () => {
    await ground.plant([
      { content: 'needed', objectHours: 500, rowHours: 500, references: 1 },
      { content: 'orphan', objectHours: 500, rowHours: 500 },
    ]);
    await markLongAgo(ground, {}, 6.9);
    expect(await sweep(ground)).toMatchObject({ verdict: 'clean', outcomes: [] });
    expect(readable(ground)).toContain('orphan');
    age(ground, /\.marked-[^/]*\.jsonl\.gz$/, 0.2);
    const { outcomes } = await sweep(ground);
    expect(outcomes).toMatchObject([
      { status: 'done', why: expect.stringContaining('its space comes back in 14 days') },
    ]);
  });

  it('takes nothing before anything was marked', async () => {
    await ground.plant([{ content: 'orphan', objectHours: 500, rowHours: 500 }]);
    expect(await sweep(ground)).toMatchObject({ verdict: 'clean', examined: 0, outcomes: [] });
    expect(readable(ground)).toEqual(['orphan']);
  });

  it('F08 counts what it took, also none, for the watcher; one in report mode, or that was refused, proves nothing', async () => {
    const measured = 'QuarantinedObjects';
    expect(await sweep(ground)).toMatchObject({ verdict: 'clean', metrics: { [measured]: { value: 0 } } });
    await plantOrphans(ground);
    expect(await sweep(ground, { mode: 'report' })).toMatchObject({ verdict: 'skipped', metrics: {} });
    const { metrics, runId } = await sweep(ground);
    expect(metrics).toMatchObject({ [measured]: { value: 1 } });
    expect((await undo(ground, runId)).metrics).not.toHaveProperty(measured);
    expect((await markLongAgo(ground)).metrics).not.toHaveProperty(measured);
  });
});
