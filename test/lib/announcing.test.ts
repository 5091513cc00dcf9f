import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { NAMESPACE } from '../../functions/runtime/metrics.ts';
import { ofType, ROOT, refs, type Synthesized, synthesized } from './synthesized.ts';

let alexander: Synthesized;
beforeAll(() => {
  alexander = synthesized();
});

type Alarm = {
  id: string;
  AlarmDescription: string;
  MetricName: string;
  Namespace: string;
  TreatMissingData: string;
} & Record<string, unknown>;

const alarms = () =>
  ofType(alexander, 'AWS::CloudWatch::Alarm').map(([id, { Properties }]) => ({ id, ...Properties }) as Alarm);
/** Every function but the hook. */
const runbooks = () => ofType(alexander, 'AWS::Lambda::Function').length - 1;
/** One of them is run by hand only. */
const scheduledRunbooks = () => runbooks() - 1;
const settingsOf = (name: string) => alexander.settings.find(({ runbook }) => runbook === name);

describe('alarms', () => {
  it('each go to the page topic, and to nothing else; a full bucket can wait', () => {
    const topics = ofType(alexander, 'AWS::SNS::Topic').map(([id]) => id);
    const [page, notify] = ['Page', 'Notify'].map((name) => topics.find((id) => id.includes(name)));
    for (const alarm of alarms()) {
      expect(refs(alarm.AlarmActions)).toEqual([alarm.MetricName === 'BucketSizeBytes' ? notify : page]);
      expect(alarm).not.toHaveProperty('OKActions');
    }
  });

  it('F07 are there for each runbook: failure and critical findings, with what it means and where to read on', () => {
    for (const runbook of ['InactiveKeyAudit', 'Watch']) {
      const own = alarms().filter(({ id }) => id.startsWith(`${runbook}Runbook`));
      expect(own.map(({ MetricName }) => MetricName).toSorted()).toEqual(['CriticalFindings', 'Errors']);
      for (const { AlarmDescription } of own) {
        expect(AlarmDescription).toMatch(
          /^Alexander: .* Until this is mended, .+\. What to do: functions\/[a-z-]+\/README\.md$/,
        );
      }
    }
  });

  it('name a README that is there', () => {
    const readmes = alarms().flatMap(({ AlarmDescription }) => /functions\/\S+$/.exec(AlarmDescription) ?? []);
    // Each kind of credential is a function, and all of them have one.
    const ofRotations = ofType(alexander, 'AWS::Lambda::Function').filter(([id]) =>
      id.startsWith('CredentialRotation'),
    );
    expect(new Set(readmes).size).toBe(runbooks() - ofRotations.length + 1);
    for (const readme of readmes) expect(existsSync(join(ROOT, readme)), readme).toBe(true);
  });

  it('on critical findings neither ring each night nor clear by themselves', () => {
    const critical = alarms().filter(({ MetricName }) => MetricName === 'CriticalFindings');
    expect(critical).toHaveLength(runbooks());
    for (const alarm of critical) {
      expect(alarm).toMatchObject({
        Namespace: NAMESPACE,
        Threshold: 0,
        TreatMissingData: 'ignore',
        Statistic: 'Maximum',
      });
    }
  });

  it('F08 ring when a runbook is overdue, and say nothing before watch has counted', () => {
    const overdue = alarms().filter(({ MetricName }) => MetricName === 'HoursOverdue');
    const ofRunbook = (name: string) =>
      expect.arrayContaining([
        { Name: 'System', Value: 'Alexander' },
        { Name: 'Runbook', Value: name },
      ]);
    expect(overdue.map(({ Dimensions }) => Dimensions)).toEqual(
      expect.arrayContaining([ofRunbook('inactive-key-audit'), ofRunbook('certificate-check-public')]),
    );
    expect(overdue).toHaveLength(scheduledRunbooks() - 1);
    expect(overdue[0]).toMatchObject({
      Threshold: 0,
      ComparisonOperator: 'GreaterThanThreshold',
      TreatMissingData: 'ignore',
    });
  });

  it('F08 ring when watch itself is silent for more than a day, counted only after its first run was started', () => {
    const [silent] = ofType(alexander, 'AWS::CloudWatch::Alarm').filter(([id]) => id.startsWith('WatchSilent'));
    const { Properties, DependsOn } = silent?.[1] ?? {};
    expect(Properties).toMatchObject({
      MetricName: 'RunDuration',
      TreatMissingData: 'breaching',
      ComparisonOperator: 'LessThanThreshold',
    });
    const { Period, EvaluationPeriods } = Properties as { Period: number; EvaluationPeriods: number };
    const hours = (Period * EvaluationPeriods) / 3600;
    expect(hours).toBeGreaterThan(25);
    expect(hours).toBeLessThan(48);
    const [hook] = ofType(alexander, 'Custom::NightshiftDeployment').map(([id]) => id);
    expect(DependsOn).toContain(hook);
  });
});

describe('schedules', () => {
  it('F08 are each known to watch, with the longest time between two runs', () => {
    const scheduled = ofType(alexander, 'AWS::Scheduler::Schedule').filter(([id]) => !id.startsWith('Watch'));
    expect(scheduled).toHaveLength(scheduledRunbooks() - 1);
    expect(settingsOf('watch')?.settings).toEqual({
      watched: [
        { runbook: 'inactive-key-audit', everyHours: 168, graceHours: 2, provenBy: 'Examined' },
        { runbook: 'certificate-check-public', everyHours: 24, graceHours: 2, provenBy: 'Examined' },
        { runbook: 'backup-verification', everyHours: 24, graceHours: 2, provenBy: 'Examined' },
        { runbook: 'orphan-blob-gc', everyHours: 168, graceHours: 2, provenBy: 'Examined' },
        ...['access-key-table', 'postgres-alternating', 'postgres-user'].map((kind) => {
          const runbook = `credential-rotation-${kind}`;
          return { runbook, everyHours: 24, graceHours: 2, provenBy: 'Examined' };
        }),
      ],
    });
  });

  it('carry their own ARN and the planned time, in the system’s time zone, and keep what they cannot deliver', () => {
    const [queue] = ofType(alexander, 'AWS::SQS::Queue').map(([id]) => id);
    for (const [id, { Properties }] of ofType(alexander, 'AWS::Scheduler::Schedule')) {
      const target = Properties.Target as { Input: string; DeadLetterConfig: unknown };
      expect(Properties.ScheduleExpressionTimezone).toBe('Europe/Berlin');
      expect(JSON.parse(target.Input)).toEqual({
        trigger: 'schedule',
        scheduleArn: '<aws.scheduler.schedule-arn>',
        scheduledAt: '<aws.scheduler.scheduled-time>',
        input: id.startsWith('OrphanBlobGc') ? { phase: 'mark' } : {},
      });
      expect(refs(target.DeadLetterConfig)).toEqual([queue]);
    }
  });

  it('F10 can deliver nothing that the function would refuse as too old', () => {
    const retry = ofType(alexander, 'AWS::Scheduler::Schedule').map(([, { Properties }]) => Properties.Target);
    const queued = ofType(alexander, 'AWS::Lambda::EventInvokeConfig').map(([, { Properties }]) => Properties);
    const scheduler = retry.map(
      (target) =>
        (target as { RetryPolicy: { MaximumEventAgeInSeconds: number } }).RetryPolicy.MaximumEventAgeInSeconds,
    );
    const lambda = queued.map(({ MaximumEventAgeInSeconds }) => MaximumEventAgeInSeconds as number);
    expect(alexander.settings).toHaveLength(runbooks());
    for (const { maxEventAgeMinutes } of alexander.settings) {
      expect((Math.max(...scheduler) + Math.max(...lambda)) / 60).toBeLessThanOrEqual(maxEventAgeMinutes);
    }
  });
});

describe('topics', () => {
  it('let the account’s alarms publish, refuse plain text, and have no key that CloudWatch cannot use', () => {
    expect(ofType(alexander, 'AWS::SNS::Topic')).toHaveLength(2);
    for (const [, { Properties }] of ofType(alexander, 'AWS::SNS::Topic')) {
      expect(Properties ?? {}).not.toHaveProperty('KmsMasterKeyId');
    }
    for (const [, { Properties }] of ofType(alexander, 'AWS::SNS::TopicPolicy')) {
      const { Statement: statements } = Properties.PolicyDocument as { Statement: unknown[] };
      expect(statements).toEqual([
        expect.objectContaining({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
        expect.objectContaining({
          Effect: 'Allow',
          Principal: { Service: 'cloudwatch.amazonaws.com' },
          Condition: { StringEquals: { 'aws:SourceAccount': '111122223333' } },
        }),
      ]);
    }
  });

  it('have the subscribers that the system names', () => {
    const endpoints = ofType(alexander, 'AWS::SNS::Subscription').map(([, { Properties }]) => Properties.Endpoint);
    expect(endpoints).toEqual(['alexander-oncall@example.com', 'alexander-team@example.com']);
  });
});
