import { describe, expect, it } from 'vitest';
import type { Report } from '../../../functions/runtime/report.ts';
import { hashOf, keyOf } from '../../../local/blobs/schema.ts';
import { dyingIn } from '../restore-drill/interrupted.ts';
import { coordinate, useCoordinating } from './coordinating.ts';
import { call, candidates, evidence, markings } from './ground.ts';

const ground = useCoordinating();
const OLD = { objectHours: 100, rowHours: 100 };
const ORPHANS = Array.from({ length: 60 }, (_, n) => ({ content: `orphan ${n}`, ...OLD }));
const ORPHAN_KEYS = ORPHANS.map(({ content }) => keyOf(hashOf(content))).toSorted();
const KEPT = { content: 'kept', ...OLD, references: 100 };
const plant = () => ground.plant([KEPT, ...ORPHANS]);
const marked = () => candidates(ground).map(({ key }) => key);

const leases = () => {
  const state = evidence(ground.aws).find(({ key }) => key === 'state/orphan-blob-gc/run.json');
  return JSON.parse(state?.body.toString() ?? '{}').holder as { runId: string; until: string } | undefined;
};
/** What a sandbox of the collector's own function comes to, also where it throws. */
const saidBy = (asked: Promise<Report>) => asked.then(({ verdict, because }) => `${verdict}: ${because}`, String);

describe('a coordinator is alone', { timeout: 180_000 }, () => {
  it('F02 F03 with a lease for its whole execution: marking, sweeping and undoing say meanwhile who has it', async () => {
    await plant();
    const said: string[] = [];
    let holder: ReturnType<typeof leases>;
    const startedAt = Date.now();
    const { report } = await coordinate(ground, {
      atOnce: 1,
      hours: 10,
      invoke: async (part, { invoke }) => {
        holder = leases();
        const events = [{}, { phase: 'sweep' }, { undo: '20260101T020000Z-0a1b2c3d' }];
        said.push(...(await Promise.all(events.map((event) => saidBy(invoke(event))))));
        return invoke(part);
      },
    });
    expect(holder?.runId).toBe(report?.runId);
    expect((Date.parse(holder?.until ?? '') - startedAt) / 3_600_000).toBeCloseTo(11, 0);
    expect(said).toEqual(
      Array(3).fill(expect.stringMatching(`^skipped: Run ${report?.runId} .* holds the lease until`)),
    );
    expect([report?.verdict, leases()]).toEqual(['findings', undefined]);
  });

  it('F01 an event that comes twice, to either function, makes one marking', async () => {
    await plant();
    const scheduleArn = 'arn:aws:scheduler:eu-central-1:111122223333:schedule/a/b';
    const event = { trigger: 'schedule', scheduleArn, scheduledAt: new Date().toISOString(), input: { phase: 'mark' } };
    const first = await coordinate(ground, { event, atOnce: 1 });
    const id = markings(ground).counts?.id;
    const second = await coordinate(ground, { event, atOnce: 1 });
    expect([first.report?.verdict, second.status, second.invoked]).toEqual(['findings', 'SUCCEEDED', []]);
    expect(second.report).toMatchObject({ verdict: 'skipped', because: expect.stringContaining('already handled') });
    expect(await call(ground, { event })).toMatchObject({ verdict: 'skipped' });
    expect(markings(ground).counts?.id).toBe(id);
  });

  it('F01 a part that is delivered twice, at once and afterwards, is marked once', async () => {
    await plant();
    const said: string[] = [];
    const { report } = await coordinate(ground, {
      atOnce: 1,
      invoke: async (part, { invoke }) => {
        said.push(...(await Promise.all([saidBy(invoke(part)), saidBy(invoke(part))])));
        said.push(await saidBy(invoke(part)));
      },
    });
    expect(said.toSorted()[0]).toMatch(/^partial: It marked a part/);
    expect(said.filter((text) => text.startsWith('skipped:'))).toHaveLength(1);
    expect(said.filter((text) => text.includes('before 16 are done'))).toHaveLength(2);
    const manifests = evidence(ground.aws).filter(({ key }) => key.includes('.marked-'));
    expect(manifests).toHaveLength(16);
    expect([report?.verdict, marked()]).toEqual(['findings', ORPHAN_KEYS]);
  });

  it('F09 a part for a run that has no lease is refused, and asks the database for nothing', async () => {
    await plant();
    const part = { coordinator: '20260101T020000Z-0a1b2c3d', lane: 0, lanes: 1, from: 0, upTo: 16 };
    const report = await call(ground, { event: { part } });
    expect([report.verdict, report.because]).toEqual(['refused', expect.stringContaining('does not hold the lease')]);
    expect(ground.aws.requests().filter(({ service }) => service === 'secretsmanager')).toEqual([]);
    const both = await call(ground, { event: { part, phase: 'mark' } });
    expect([both.verdict, both.because]).toEqual(['refused', expect.stringContaining('undo')]);
    const other = await coordinate(ground, { event: { phase: 'sweep' } });
    expect([other.report?.verdict, other.report?.because]).toEqual(['refused', expect.stringContaining('phase')]);
  });
});

describe('F14 a sandbox of the coordinator that dies after a step and before its answer is saved', {
  timeout: 180_000,
}, () => {
  const dying = (step: string) => coordinate(ground, { atOnce: 1, around: (handler) => dyingIn(step, handler) });

  it.each(['where lane 0, part 1 begins', 'make the marking count'])('goes on: %s', async (step) => {
    await plant();
    const { report, invoked } = await dying(step);
    expect([report?.verdict, report?.because]).toEqual(['findings', undefined]);
    expect([invoked.length, marked()]).toEqual([1, ORPHAN_KEYS]);
  });

  it('prepares nothing twice, but fails, and the next run goes on with the marking that it began', async () => {
    await plant();
    const { status, report } = await dying('prepare the marking');
    expect([status, report?.verdict]).toEqual(['FAILED', 'failed']);
    const begun = markings(ground).underWay?.id;
    const next = await coordinate(ground, { atOnce: 1 });
    expect([next.report?.verdict, markings(ground).counts?.id, marked()]).toEqual(['findings', begun, ORPHAN_KEYS]);
  });
});
