import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Report } from '../../../functions/runtime/report.ts';
import { type Estate, startEstate } from '../../../local/estate.ts';
import { call } from '../invocation.ts';
import { linesOnStdout } from '../runtime/stdout.ts';

const DAY_MS = 86_400_000;
const AUDIT = 'inactive-key-audit';

let estate: Estate;
beforeAll(async () => {
  estate = await startEstate();
});
beforeEach(() => {
  for (const { key } of estate.aws.objects(bucket())) estate.aws.removeObject(bucket(), key);
});
afterAll(() => estate?.stop());

const bucket = () => estate.environmentOf('test').EVIDENCE_BUCKET ?? '';

type Watched = { runbook: string; everyHours: number; name?: string; provenBy?: string };

const watch = (watched: Watched[] = [{ runbook: AUDIT, everyHours: 168 }]) =>
  call(estate, {
    runbook: 'watch',
    edit: (deployment) => {
      deployment.settings.watched = watched;
    },
  });

let runs = 0;

/** Leaves a report as a run that began so many days ago would have. */
function leaveReport(daysAgo: number, report: Partial<Report> = {}, runbook = AUDIT): void {
  const startedAt = new Date(Date.now() - daysAgo * DAY_MS).toISOString();
  const day = startedAt.slice(0, 10).replaceAll('-', '/');
  runs += 1;
  const runId = `${startedAt.replaceAll(/[-:]|\.\d+/g, '')}-${String(runs).padStart(8, '0')}`;
  const metrics = { Examined: { value: 3, unit: 'Count' } };
  const body = JSON.stringify({ runbook, runId, startedAt, verdict: 'clean', metrics, ...report });
  estate.aws.putObject(bucket(), `reports/${runbook}/${day}/${runId}.json`, body);
}

const overdue = (report: Report, runbook = AUDIT) => report.findings.find(({ target }) => target === runbook);

/** What the run measured, by runbook: the EMF lines on standard output. */
async function measured(run: () => Promise<Report>): Promise<{ report: Report; HoursOverdue: Record<string, number> }> {
  let report: Report | undefined;
  const lines = await linesOnStdout(async () => {
    report = await run();
  });
  const emf = lines.map((line) => JSON.parse(line)).filter((line) => line._aws && 'HoursOverdue' in line);
  for (const { _aws } of emf) {
    const [metrics] = _aws.CloudWatchMetrics;
    expect(metrics).toMatchObject({ Namespace: 'Nightshift', Dimensions: [['System', 'Runbook']] });
  }
  if (report === undefined) throw new Error('the run threw');
  return { report, HoursOverdue: Object.fromEntries(emf.map((line) => [line.Runbook, line.HoursOverdue])) };
}

describe('F08 a schedule that silently stops', () => {
  it.each([
    ['weekly', 168, 7],
    ['quarterly', 2_232, 93],
  ])('is noticed when it is a %s one, and hours overdue rise', async (_, everyHours, days) => {
    const watched = [{ runbook: AUDIT, everyHours }];
    leaveReport(days - 1);
    expect(overdue(await watch(watched))).toBeUndefined();
    for (const { key } of estate.aws.objects(bucket())) estate.aws.removeObject(bucket(), key);
    leaveReport(days + 1);
    const { report, HoursOverdue } = await measured(() => watch(watched));
    expect(overdue(report)).toMatchObject({
      severity: 'critical',
      what: expect.stringContaining('22.0 hours overdue'),
    });
    expect(HoursOverdue[AUDIT]).toBeCloseTo(22, 1);
  });

  it('is measured for each watched runbook, also those that are on time', async () => {
    leaveReport(1);
    leaveReport(3, {}, 'other');
    const watched = [AUDIT, 'other', 'fresh'].map((runbook) => ({ runbook, everyHours: 24 }));
    const { report, HoursOverdue } = await measured(() => watch(watched));
    expect(HoursOverdue).toEqual({ [AUDIT]: 0, other: expect.closeTo(46, 1), fresh: 0 });
    expect(report.examined).toBe(5);
    expect(report.findings.map(({ target }) => target)).toEqual(['other']);
  });

  it('ages from when watch first saw it, where it never ran', async () => {
    expect((await watch()).verdict).toBe('clean');
    const seen = estate.aws.objects(bucket()).find(({ key }) => key === 'state/watch/first-seen.json');
    const firstSeen = JSON.parse(seen?.body.toString() ?? '{}');
    expect(Date.now() - Date.parse(firstSeen[AUDIT])).toBeLessThan(60_000);
    const longAgo = new Date(Date.now() - 10 * DAY_MS).toISOString();
    estate.aws.putObject(bucket(), 'state/watch/first-seen.json', JSON.stringify({ [AUDIT]: longAgo }));
    const report = await watch();
    expect(overdue(report)?.what).toContain(`70.0 hours overdue: it has had no verified run since ${longAgo}`);
    expect((await watch([{ runbook: 'another', everyHours: 24 }])).verdict).toBe('clean');
  });

  it.each(['skipped', 'refused', 'failed'] as const)('is noticed behind runs that were %s', async (verdict) => {
    leaveReport(10);
    for (const daysAgo of [9, 8, 2, 1, 0.1]) leaveReport(daysAgo, { verdict });
    expect(overdue(await watch())?.what).toContain('70.0 hours overdue');
  });

  it('is noticed behind a restore, which did something, but is not the audit', async () => {
    leaveReport(10);
    leaveReport(1, { verdict: 'acted', metrics: {} });
    expect(overdue(await watch())?.what).toContain('70.0 hours overdue');
  });

  it('is noticed for each schedule of a runbook by itself: runs of the one prove nothing of the other', async () => {
    const [MARK, SWEEP] = ['orphan-blob-gc', 'orphan-blob-gc-sweep'];
    const watched = [
      { runbook: MARK, everyHours: 168 },
      { runbook: MARK, name: SWEEP, provenBy: 'QuarantinedObjects', everyHours: 24 },
    ];
    const swept = { metrics: { QuarantinedObjects: { value: 0, unit: 'Count' } } };
    leaveReport(4, swept, MARK);
    leaveReport(1, {}, MARK);
    const { report, HoursOverdue } = await measured(() => watch(watched));
    expect(HoursOverdue).toEqual({ [MARK]: 0, [SWEEP]: expect.closeTo(70, 1) });
    expect(report.findings.map(({ target }) => target)).toEqual([SWEEP]);
    leaveReport(0.5, swept, MARK);
    expect((await watch(watched)).findings).toEqual([]);
    for (const { key } of estate.aws.objects(bucket())) estate.aws.removeObject(bucket(), key);
    leaveReport(9, {}, MARK);
    leaveReport(0.5, swept, MARK);
    expect((await watch(watched)).findings.map(({ target }) => target)).toEqual([MARK]);
  });

  it.each(['clean', 'findings', 'acted', 'partial'] as const)('is over with a run that was %s', async (verdict) => {
    leaveReport(10);
    leaveReport(1, { verdict });
    expect(overdue(await watch())).toBeUndefined();
  });
});

describe('the newest verified run', () => {
  it('is found over years, months and days, whatever lies beside it', async () => {
    for (const daysAgo of [1_500, 800, 400, 40, 12]) leaveReport(daysAgo);
    leaveReport(900, {}, 'inactive-key-audit-other');
    const newest = new Date(Date.now() - 12 * DAY_MS).toISOString().slice(0, 10).replaceAll('-', '/');
    for (const end of ['plan.jsonl', 'findings.jsonl.gz', 'review.csv.gz'])
      estate.aws.putObject(bucket(), `reports/${AUDIT}/${newest}/99999999T999999Z-ffffffff.${end}`, 'not a report');
    expect(overdue(await watch())?.what).toContain('118.0 hours overdue');
  });

  it('is told by reports only, whatever JSON a run stored beside its own', async () => {
    leaveReport(1);
    const [report] = estate.aws.objects(bucket());
    const beside = report?.key.replace('.json', '.shard-a.json') ?? '';
    estate.aws.putObject(bucket(), beside, JSON.stringify({ rows: 3 }));
    expect(await watch()).toMatchObject({ verdict: 'clean', findings: [] });
  });

  it('is the last one of its day', async () => {
    const yesterday = new Date(Date.now() - DAY_MS).toISOString().slice(0, 10);
    const daysSince = (time: string) => (Date.now() - Date.parse(`${yesterday}T${time}:00.000Z`)) / DAY_MS;
    for (const time of ['01:00', '09:00', '17:00']) leaveReport(daysSince(time));
    leaveReport(daysSince('18:00'), { verdict: 'failed' });
    const report = await watch([{ runbook: AUDIT, everyHours: 0.5 }]);
    expect(overdue(report)?.what).toMatch(new RegExp(`verified run began at ${yesterday}T(17:00:00|16:59:59)`));
  });

  it('is found among a thousand reports and more of one day', async () => {
    leaveReport(1);
    for (let n = 0; n < 1_100; n += 1) leaveReport(2, { verdict: 'refused' });
    leaveReport(2.0001, { verdict: 'clean' });
    expect(overdue(await watch([{ runbook: AUDIT, everyHours: 24 }]))).toBeUndefined();
  });

  it('is read with few requests, however many years there are', async () => {
    for (let daysAgo = 1; daysAgo < 1_200; daysAgo += 7) leaveReport(daysAgo);
    const before = estate.aws.requests().length;
    await watch();
    expect(estate.aws.requests().length - before).toBeLessThan(20);
  });
});

describe('evidence that cannot be read', () => {
  it.each([
    ['a report is damaged', () => estate.aws.putObject(bucket(), `reports/${AUDIT}/2026/01/01/1.json`, '{"verdict":')],
    ['it may not be listed', () => estate.aws.faults.deny('watch report', 's3:ListObjectsV2')],
    ['what was first seen is damaged', () => estate.aws.putObject(bucket(), 'state/watch/first-seen.json', 'x')],
    ['a topic may not be looked at', () => estate.aws.faults.deny('watch report', 'sns:ListSubscriptionsByTopic')],
  ])('F17 is a failure, never “clean”: %s', async (_, spoil) => {
    spoil();
    const report = await watch();
    estate.aws.faults.clear();
    expect(report).toMatchObject({ verdict: 'failed', findings: [], metrics: {} });
    expect(report.because).not.toBe('');
  });
});

describe('what it changes', () => {
  it('is nothing but its own reports and state', async () => {
    leaveReport(1);
    await watch();
    const changing = estate.aws.requests().filter(({ caller, changing }) => caller.startsWith('watch') && changing);
    expect(changing.length).toBeGreaterThan(0);
    for (const { resource, action } of changing)
      expect(action === 'sns:Publish' ? 'own' : resource).toMatch(/own|\/(reports|state)\/watch\//);
  });
});
