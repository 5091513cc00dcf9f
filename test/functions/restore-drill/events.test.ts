import { describe, expect, it } from 'vitest';
import { watchingRequests } from '../meanwhile.ts';
import { drill, HALT, namesOf, passwordless, rdsChanges, SOURCE, stored, useGround } from './ground.ts';

const ground = useGround();

const scheduled = (scheduledAt: string) => ({
  trigger: 'schedule',
  scheduleArn: 'arn:aws:scheduler:eu-central-1:111122223333:schedule/a/b',
  scheduledAt,
});
const restores = () => rdsChanges(ground).filter((operation) => operation.startsWith('Restore'));

describe('an event', () => {
  it('F01 that comes twice makes one copy', async () => {
    const event = scheduled(new Date().toISOString());
    const first = await drill(ground, { event });
    const second = await drill(ground, { event });
    expect([first.report?.verdict, second.status]).toEqual(['clean', 'SUCCEEDED']);
    expect(restores()).toHaveLength(1);
    const verdicts = reports().map(({ verdict }) => verdict);
    expect(verdicts.toSorted()).toEqual(['clean', 'skipped']);
  });

  it('F02 that meets a drill under way is skipped, and says which', async () => {
    const until = new Date(Date.now() + 3_600_000).toISOString();
    const holder = { runId: '20260101T020000Z-0a1b2c3d', trigger: 'schedule of 2026-01-01T02:00:00Z', until };
    ground.aws.putObject(
      'alexander-evidence',
      'state/restore-drill/run.json',
      JSON.stringify({ holder, unfinished: [], spent: [] }),
    );
    const { report } = await drill(ground);
    expect([report?.verdict, report?.because]).toEqual(['skipped', expect.stringContaining(`Run ${holder.runId} `)]);
    expect(rdsChanges(ground)).toEqual([]);
  });

  it('F03 takes a lease for as long as the execution may last, and gives it back', async () => {
    const lease = () => {
      const state = stored(ground.aws).find(({ key }) => key === 'state/restore-drill/run.json');
      return JSON.parse(state?.body.toString() ?? '{}').holder as { until: string } | undefined;
    };
    const seen: (string | undefined)[] = [];
    const startedAt = Date.now();
    await watchingRequests(
      () => seen.push(lease()?.until),
      () => drill(ground),
    );
    const [until] = seen.filter((time) => time !== undefined);
    // Ten minutes for the copy to become available, an hour for its deletion, half an hour for the rest.
    expect((Date.parse(until ?? '') - startedAt) / 60_000).toBeCloseTo(100, 0);
    expect(lease()).toBeUndefined();
  });

  it('F10 that is hours late is refused, with its age', async () => {
    const { report } = await drill(ground, { event: scheduled(new Date(Date.now() - 5 * 3_600_000).toISOString()) });
    expect([report?.verdict, report?.because]).toEqual(['refused', expect.stringContaining('300 minutes old')]);
    expect(rdsChanges(ground)).toEqual([]);
  });

  it.each([
    ['null', null],
    ['a list', []],
    ['an unknown field', { restore: true }],
    ['a wrong type', { sweepOnly: 'yes' }],
    ['a forged prototype', JSON.parse('{"__proto__": {"sweepOnly": true}, "x": 1}')],
    ['more than was deployed', { mode: 'enforce' }],
  ])('F09 of %s is refused, and asks RDS for nothing', async (_what, event) => {
    const { status, report } = await drill(ground, { event });
    expect([status, report?.verdict]).toEqual(['FAILED', 'refused']);
    expect(ground.aws.requests().filter(({ service }) => service === 'rds')).toEqual([]);
  });

  it('F15 while the halt switch cannot be read restores nothing', async () => {
    ground.aws.removeParameter(HALT);
    const { report } = await drill(ground);
    expect([report?.verdict, report?.because]).toEqual(['refused', expect.stringContaining('cannot be read')]);
    expect(rdsChanges(ground)).toEqual([]);
  });
});

describe('F16 the copy’s master password', () => {
  it('is new each time, and written down nowhere: no evidence, message, log or step of the execution has it', async () => {
    const first = await drill(ground);
    const second = await drill(ground);
    expect(ground.passwords).toHaveLength(2);
    expect(new Set(ground.passwords).size).toBe(2);
    for (const password of ground.passwords) expect(password).toMatch(/^[A-Za-z0-9]{32}$/);
    expect(first.history).toContain('look into the copy');
    expect(passwordless(ground, { first: first.history, second: second.history })).toEqual([]);
  });

  it('is in no error either, where the copy then refuses it', async () => {
    ground.plan({
      setPassword: (password) => {
        ground.passwords.push(password);
        return ground.sql(`ALTER ROLE apex_master NOLOGIN PASSWORD '${password}'`);
      },
    });
    const { report, history } = await drill(ground);
    await ground.sql('ALTER ROLE apex_master LOGIN');
    expect([report?.verdict, ground.passwords.length]).toEqual(['refused', 1]);
    expect(passwordless(ground, { history })).toEqual([]);
    expect(namesOf(ground)).toEqual([SOURCE]);
  });

  it('is in no error where RDS refuses it', async () => {
    ground.aws.faults.fail('rds:ModifyDBInstance', { code: 'InvalidParameterValue', status: 400 }, 10);
    const { report, history } = await drill(ground);
    expect([report?.verdict, report?.because]).toEqual(['refused', expect.stringContaining('cannot be reset')]);
    // Nobody has seen it, so nobody can look for it: nothing of its shape may be there.
    expect(history).not.toMatch(/\b(?=[A-Za-z0-9]*[A-Z])(?=[A-Za-z0-9]*[a-z])(?=[A-Za-z0-9]*\d)[A-Za-z0-9]{32}\b/);
    expect(namesOf(ground)).toEqual([SOURCE]);
  });
});

function reports() {
  const files = stored(ground.aws).filter(({ key }) => /^reports\/.*Z-[0-9a-f]{8}\.json$/.test(key));
  return files.map(({ body }) => JSON.parse(body.toString()) as { verdict: string });
}
