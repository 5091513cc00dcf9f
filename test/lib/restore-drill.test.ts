import { beforeAll, describe, expect, it } from 'vitest';
import type { System } from '../../lib/system.ts';
import alexander from '../../systems/alexander.ts';
import signx from '../../systems/signx-studio.ts';
import { ofType, refs, roleOf, type Statement, type Synthesized, statementsOf, synthesized } from './synthesized.ts';

const quarterly = signx.runbooks['restore-drill'];
const KEY = 'arn:aws:kms:eu-central-1:111122223333:key/0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9';

/** From the newest snapshot, encrypted with a customer key. */
const fromSnapshot: System = {
  ...alexander,
  runbooks: {
    'restore-drill': {
      ...quarterly,
      settings: {
        ...quarterly.settings,
        source: { instance: 'apex-db', restore: 'latest-snapshot', kmsKeyArn: KEY },
      },
    },
  },
};

let synth: Synthesized;
let snapshot: Synthesized;
beforeAll(() => {
  synth = synthesized({ ...signx, runbooks: { 'restore-drill': quarterly } });
  snapshot = synthesized(fromSnapshot);
});

const idOf = (type: string, begins: string) => ofType(synth, type).find(([id]) => id.startsWith(begins))?.[0] ?? '';
const allowed = (of: Synthesized): Statement[] =>
  statementsOf(of, roleOf(of, 'RestoreDrill')).filter(({ Effect }) => Effect === 'Allow');
const granting = (of: Synthesized, action: string) => allowed(of).filter(({ Action }) => Action.includes(action));
/** What an ARN of RDS ends in. */
const flat = (arn: unknown) => String(arn).replace(/^arn:aws:rds:eu-central-1:111122223333:/, '');

describe('the drill’s function', () => {
  it('is durable from its making, for as long as a restore may take and some more', () => {
    const [, one] = ofType(synth, 'AWS::Lambda::Function').find(([id]) => id.startsWith('RestoreDrill')) ?? [];
    expect(one?.Properties).toMatchObject({
      DurableConfig: { ExecutionTimeout: (240 + 90) * 60, RetentionPeriodInDays: 30 },
      Timeout: 900,
    });
  });

  it('may save and read its own executions, by a policy that the function does not wait for', () => {
    const [statement] = granting(synth, 'lambda:CheckpointDurableExecution');
    expect(statement?.Action).toEqual(['lambda:CheckpointDurableExecution', 'lambda:GetDurableExecutionState']);
    expect(refs(statement?.Resource)).toEqual([idOf('AWS::Lambda::Function', 'RestoreDrill')]);
    const [, one] = ofType(synth, 'AWS::Lambda::Function').find(([id]) => id.startsWith('RestoreDrill')) ?? [];
    const policies = ofType(synth, 'AWS::IAM::Policy').filter(([id]) => id.startsWith('RestoreDrill'));
    const waitedFor = policies.map(([id]) => id).filter((id) => one?.DependsOn?.includes(id));
    expect(policies.length - waitedFor.length).toBe(1);
  });

  it('is invoked through its alias only, and never tried again by AWS', () => {
    const schedules = ofType(synth, 'AWS::Scheduler::Schedule').filter(([id]) => id.startsWith('RestoreDrill'));
    const alias = idOf('AWS::Lambda::Alias', 'RestoreDrill');
    const targets = schedules.map(([, { Properties }]) => refs((Properties.Target as { Arn: unknown }).Arn));
    expect(targets).toEqual([[alias], [alias]]);
    const [config] = ofType(synth, 'AWS::Lambda::EventInvokeConfig').filter(([id]) => id.startsWith('RestoreDrill'));
    expect(config?.[1].Properties.MaximumRetryAttempts).toBe(0);
  });

  it('F07 pages when an execution fails, takes too long or is stopped, none of which is an error of Lambda’s', () => {
    const alarms = ofType(synth, 'AWS::CloudWatch::Alarm').filter(([id]) => id.startsWith('RestoreDrill'));
    const names = alarms.map(([, { Properties }]) => Properties.MetricName);
    expect(names.toSorted()).toEqual([
      'CriticalFindings',
      'DurableExecutionFailed',
      'DurableExecutionStopped',
      'DurableExecutionTimedOut',
      'Errors',
    ]);
    for (const [, { Properties }] of alarms.filter(([id]) => id.includes('DurableExecution'))) {
      expect(Properties).toMatchObject({ Namespace: 'AWS/Lambda', Statistic: 'Sum', Threshold: 0 });
      expect(refs(Properties.Dimensions)).toEqual([idOf('AWS::Lambda::Function', 'RestoreDrill')]);
    }
  });
});

describe('its schedules', () => {
  it('F08 are known to the watcher as the longest quarter and the longest drill; the daily sweep proves nothing and is not waited for', () => {
    const watched = synth.settings.find(({ runbook }) => runbook === 'watch')?.settings.watched;
    expect(watched).toMatchObject([{ runbook: 'restore-drill', everyHours: 92 * 24 + 5.5 }]);
    expect(watched).toHaveLength(1);
  });

  it('F74 sweep each day, because the next drill may be months away', () => {
    const inputs = ofType(synth, 'AWS::Scheduler::Schedule').map(([, { Properties }]) =>
      JSON.stringify(Properties.Target),
    );
    expect(inputs.filter((input) => input.includes('sweepOnly'))).toHaveLength(1);
  });
});

describe('the copies’ security group', () => {
  it('admits the drill on one port, and lets nothing out', () => {
    const copies = idOf('AWS::EC2::SecurityGroup', 'RestoreDrillCopies');
    const own = idOf('AWS::EC2::SecurityGroup', 'RestoreDrillRunbook');
    const [nowhere, ...more] = synth.resources[copies]?.Properties.SecurityGroupEgress as Record<string, unknown>[];
    expect([nowhere?.CidrIp, more]).toEqual(['255.255.255.255/32', []]);
    expect(synth.resources[copies]?.Properties).not.toHaveProperty('SecurityGroupIngress');
    const egress = ofType(synth, 'AWS::EC2::SecurityGroupEgress').map(([, { Properties }]) => Properties);
    const ingress = ofType(synth, 'AWS::EC2::SecurityGroupIngress').map(([, { Properties }]) => Properties);
    expect(
      ingress.map(({ GroupId, SourceSecurityGroupId, FromPort, ToPort }) => [
        refs([GroupId, SourceSecurityGroupId]),
        FromPort,
        ToPort,
      ]),
    ).toEqual([[[copies, own], 5432, 5432]]);
    expect(
      egress.map(({ GroupId, DestinationSecurityGroupId, FromPort }) => [
        refs([GroupId, DestinationSecurityGroupId]),
        FromPort,
      ]),
    ).toEqual([[[own, copies], 5432]]);
    const [, one] = ofType(synth, 'AWS::Lambda::Function').find(([id]) => id.startsWith('RestoreDrill')) ?? [];
    const { Variables } = one?.Properties.Environment as { Variables: Record<string, unknown> };
    expect(refs(Variables.SCRATCH_SECURITY_GROUP_ID)).toEqual([copies]);
  });
});

describe('the drill’s role', () => {
  it('F75 may change and delete what has both the name and the mark of its copies, and nothing else', () => {
    for (const action of ['rds:ModifyDBInstance', 'rds:DeleteDBInstance']) {
      const statements = granting(synth, action);
      expect(statements.map(({ Condition }) => Condition)).toEqual([
        { StringLike: { 'aws:ResourceTag/nightshift:scratch': 'SignxStudio/restore-drill/*' } },
      ]);
      expect(statements.flatMap(({ Resource }) => Resource.map(flat))).toEqual(['db:nightshift-drill-*']);
    }
  });

  it('F74 may make a copy only with its mark from the first moment, out of its own parts, and not public', () => {
    const condition = {
      StringLike: { 'aws:RequestTag/nightshift:scratch': 'SignxStudio/restore-drill/*' },
      Bool: { 'rds:PubliclyAccessible': 'false' },
    };
    const [restore] = granting(synth, 'rds:RestoreDBInstanceToPointInTime');
    expect(restore?.Condition).toEqual(condition);
    expect(restore?.Resource.map(flat)).toEqual([
      'db:apex-db',
      'db:nightshift-drill-*',
      'og:default:postgres-16',
      'pg:apex-postgres16',
      'subgrp:apex-isolated',
    ]);
    const [tagging] = granting(synth, 'rds:AddTagsToResource');
    expect(tagging?.Condition).toEqual({
      StringLike: condition.StringLike,
      'ForAllValues:StringEquals': { 'aws:TagKeys': ['nightshift:scratch'] },
    });
  });

  it('holds no more of RDS than one way to restore', () => {
    const ofRds = (of: Synthesized) =>
      allowed(of)
        .flatMap(({ Action }) => Action.filter((action) => action.startsWith('rds:')))
        .toSorted();
    const both = ['rds:AddTagsToResource', 'rds:DeleteDBInstance', 'rds:DescribeDBInstances', 'rds:ModifyDBInstance'];
    expect(ofRds(synth)).toEqual([...both, 'rds:RestoreDBInstanceToPointInTime'].toSorted());
    expect(ofRds(snapshot)).toEqual(
      [...both, 'rds:DescribeDBSnapshots', 'rds:RestoreDBInstanceFromDBSnapshot'].toSorted(),
    );
    const [restore] = granting(snapshot, 'rds:RestoreDBInstanceFromDBSnapshot');
    expect(restore?.Resource.map(flat)).toContain('snapshot:rds:apex-db-*');
  });

  it('lets RDS use the customer key for the copy, and does not use it itself', () => {
    const ofKey = allowed(snapshot).filter(({ Action }) => Action.some((action) => action.startsWith('kms:')));
    const via = { 'kms:ViaService': 'rds.eu-central-1.amazonaws.com' };
    expect(ofKey.map(({ Action, Condition }) => [Action, Condition])).toEqual([
      [['kms:CreateGrant'], { StringEquals: via, Bool: { 'kms:GrantIsForAWSResource': 'true' } }],
      [['kms:DescribeKey'], { StringEquals: via }],
    ]);
  });
});
