import { describe, expect, it } from 'vitest';
import { RefusalError } from '../../../functions/runtime/errors.ts';
import { useAccount } from './account.ts';
import { linesWritten } from './stdout.ts';
import { invoke, lookingAt, type Run, stateOf, storedReports } from './trial.ts';

const account = useAccount();
const never: Run = () => Promise.reject(new Error('this run was not to begin'));
const minutesAgo = (minutes: number) => new Date(account.aws.clock.now().getTime() - minutes * 60_000);
const schedule = (scheduledAt: Date, input: unknown = {}) => ({
  trigger: 'schedule',
  scheduleArn: 'arn:aws:scheduler:eu-central-1:111122223333:schedule/default/Daily',
  scheduledAt: scheduledAt.toISOString(),
  input,
});
const alarm = (value: string) => ({
  source: 'aws.cloudwatch',
  alarmArn: 'arn:aws:cloudwatch:eu-central-1:111122223333:alarm:lag',
  time: minutesAgo(1).toISOString(),
  alarmData: { alarmName: 'lag', state: { value, timestamp: minutesAgo(1).toISOString() } },
});

/** The keys that were changed by whatever was called meanwhile. */
async function changedBy(work: () => Promise<unknown>): Promise<string[]> {
  const before = account.aws.requests().length;
  await work();
  const changing = account.aws
    .requests()
    .slice(before)
    .filter((request) => request.changing);
  return changing.map(({ operation, resource }) => `${operation} ${resource.replace(/^.*:::evidence\//, '')}`);
}

describe('F09 an event that cannot be understood', () => {
  it.each([
    ['null', null],
    ['a list', []],
    ['the console’s own sample', { key1: 'value1', key2: 'value2', key3: 'value3' }],
    ['a wrong value', { mode: 'destroy' }],
    ['a polluting one', JSON.parse('{"__proto__":{"mode":"enforce"}}')],
    ['one of a megabyte', { mode: 'x'.repeat(1_000_000) }],
    ['a schedule’s that says more than it may', schedule(new Date(), { force: true })],
    ['an alarm’s at no time', { source: 'aws.cloudwatch', alarmArn: 'arn:x', time: 'soon', alarmData: {} }],
  ])('because it is %s changes nothing but the evidence of its refusal', async (_what, event) => {
    const before = stateOf(account);
    const changed = await changedBy(async () => {
      const report = await invoke(account, { run: never, event, mode: 'enforce' });
      expect(report).toMatchObject({ verdict: 'refused', examined: 0, metrics: {} });
      expect(report.because?.length).toBeLessThan(1_000);
    });
    expect(changed).toEqual([expect.stringMatching(/^PutObject reports\/trial-run\/.*\.json$/)]);
    expect(stateOf(account)).toEqual(before);
  });

  it('is refused, too, where it asks for more than was deployed', async () => {
    const event = { mode: 'enforce' };
    expect(await invoke(account, { run: never, event })).toMatchObject({
      verdict: 'refused',
      mode: 'report',
      because: expect.stringContaining('An event can only lower the mode'),
    });
    const lowered = await invoke(account, { run: lookingAt({}), event: { mode: 'report' }, mode: 'enforce' });
    expect(lowered).toMatchObject({ verdict: 'clean', mode: 'report' });
  });
});

describe('F93 an alarm', () => {
  it('that went back to OK changes nothing, and the evidence says so', async () => {
    const changed = await changedBy(async () => {
      const report = await invoke(account, { run: never, event: alarm('OK') });
      expect(report).toMatchObject({
        verdict: 'skipped',
        trigger: { kind: 'alarm' },
        because: expect.stringContaining('went to OK'),
      });
    });
    expect(changed).toHaveLength(1);
  });

  it('that went to ALARM runs once, however it is wired up', async () => {
    const direct = alarm('ALARM');
    const { alarmName, state } = direct.alarmData;
    const bridged = {
      source: 'aws.cloudwatch',
      'detail-type': 'CloudWatch Alarm State Change',
      time: `${direct.time.slice(0, 19)}Z`,
      resources: [direct.alarmArn],
      detail: { alarmName, state },
    };
    expect((await invoke(account, { run: lookingAt({}), event: direct })).verdict).toBe('clean');
    expect((await invoke(account, { run: never, event: bridged })).verdict).toBe('skipped');
  });
});

describe('F10 an event that is hours late', () => {
  it('is refused with its age, and takes no lease', async () => {
    const changed = await changedBy(async () => {
      const report = await invoke(account, { run: never, event: schedule(minutesAgo(300)) });
      expect(report).toMatchObject({
        verdict: 'refused',
        because: expect.stringMatching(/is 300 minutes old; at most 120 are allowed/),
      });
    });
    expect(changed).toEqual([expect.stringContaining('PutObject reports/')]);
  });
});

describe('F13 a function whose deployment is unusable', () => {
  it('fails with what is missing, before it reads or writes anything', async () => {
    const before = account.aws.faults.calls();
    const { HALT_PARAMETER: _halt, ...environment } = account.environment;
    delete process.env.HALT_PARAMETER;
    await expect(invoke({ ...account, environment }, { run: never })).rejects.toMatchObject({
      name: 'InputError',
      message: expect.stringContaining('HALT_PARAMETER: the SSM parameter'),
    });
    expect(account.aws.faults.calls()).toBe(before);
  });
});

describe('a run that ends badly', () => {
  it('is on record before it throws', async () => {
    const report = await invoke(account, { run: () => Promise.reject(new RefusalError('It is a standby.')) });
    expect(storedReports(account).find(({ runId }) => runId === report.runId)).toEqual(report);
  });

  it('F19 publishes no count, because a zero would say that all is well', async () => {
    const { out } = await linesWritten(() => invoke(account, { run: () => Promise.reject(new RefusalError('Gone.')) }));
    const metrics = out.map((line) => JSON.parse(line)).find((line) => line._aws);
    expect(Object.keys(metrics)).toEqual(['_aws', 'System', 'Runbook', 'RunDuration']);
  });

  it('while one that looked publishes even a zero', async () => {
    const { out } = await linesWritten(() => invoke(account, { run: lookingAt({ a: 'fine' }) }));
    const metrics = out.map((line) => JSON.parse(line)).find((line) => line._aws);
    expect(metrics).toMatchObject({
      System: 'Alexander',
      Runbook: 'trial-run',
      CriticalFindings: 0,
      WarningFindings: 0,
      Examined: 1,
    });
  });
});
