import { beforeAll, describe, expect, it } from 'vitest';
import alexander from '../../systems/alexander.ts';
import { ofType, refs, roleOf, type Synthesized, statementsOf, synthesized, withAudit } from './synthesized.ts';

describe('a database that exists already', () => {
  const database = { securityGroupId: 'sg-0a1b2c3d4e5f60718', port: 6432 };

  it('lets in the function’s own group on its own port, and the function goes nowhere else', () => {
    const synth = synthesized(withAudit({ database }));
    const [group] = ofType(synth, 'AWS::EC2::SecurityGroup');
    const [ingress] = ofType(synth, 'AWS::EC2::SecurityGroupIngress');
    expect(ingress?.[1].Properties).toMatchObject({
      GroupId: database.securityGroupId,
      IpProtocol: 'tcp',
      FromPort: 6432,
      ToPort: 6432,
    });
    expect(refs(ingress?.[1].Properties.SourceSecurityGroupId)).toEqual([group?.[0]]);
    expect(group?.[1].Properties).not.toHaveProperty('SecurityGroupIngress');
    expect(group?.[1].Properties.SecurityGroupEgress).toEqual([
      expect.objectContaining({ FromPort: 443, ToPort: 443 }),
      expect.objectContaining({ DestinationSecurityGroupId: database.securityGroupId, FromPort: 6432, ToPort: 6432 }),
    ]);
  });

  it('is left alone where something else owns its rules, and the group to admit is told', () => {
    const synth = synthesized(withAudit({ database: { ...database, manageIngress: false } }));
    expect(ofType(synth, 'AWS::EC2::SecurityGroupIngress')).toEqual([]);
    const [group] = ofType(synth, 'AWS::EC2::SecurityGroup').map(([id]) => id);
    const told = Object.values(synth.outputs).find(({ Description }) =>
      Description?.includes('To be admitted to sg-0a1b2c3d4e5f60718'),
    );
    expect(refs(told?.Value)).toEqual([group]);
  });
});

describe('what a company demands of its accounts', () => {
  const boundary = 'arn:aws:iam::111122223333:policy/boundary';
  let synth: Synthesized;
  beforeAll(() => {
    synth = synthesized({
      ...alexander,
      permissionsBoundaryArn: boundary,
      bootstrapQualifier: 'ops1',
      repositoryUrl: 'https://git.example.com/ops/blob/main/',
    });
  });

  it('bounds every role', () => {
    for (const [, role] of ofType(synth, 'AWS::IAM::Role')) expect(role.Properties.PermissionsBoundary).toBe(boundary);
  });

  it('tags what can be tagged', () => {
    const [bucket] = ofType(synth, 'AWS::S3::Bucket');
    expect(bucket?.[1].Properties.Tags).toEqual(expect.arrayContaining([{ Key: 'system', Value: 'alexander' }]));
  });

  it('deploys through its own bootstrap', () => {
    const { assets } = synth;
    expect(assets).toContain('cdk-ops1-assets-111122223333-eu-central-1');
    expect(assets).not.toContain('hnb659fds');
  });

  it('links an alarm to the README where people read it', () => {
    const [alarm] = ofType(synth, 'AWS::CloudWatch::Alarm').filter(([id]) => id.startsWith('InactiveKeyAudit'));
    expect(alarm?.[1].Properties.AlarmDescription).toContain(
      'https://git.example.com/ops/blob/main/functions/inactive-key-audit/README.md',
    );
  });
});

describe('topics that exist already', () => {
  const topicArn = 'arn:aws:sns:eu-central-1:111122223333:oncall';
  const kmsKeyArn = 'arn:aws:kms:eu-central-1:111122223333:key/0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9';

  it('are used as they are, through their key', () => {
    const synth = synthesized({ ...alexander, topics: { page: { topicArn, kmsKeyArn }, notify: { topicArn } } });
    expect(ofType(synth, 'AWS::SNS::Topic')).toEqual([]);
    for (const [, alarm] of ofType(synth, 'AWS::CloudWatch::Alarm'))
      expect(alarm.Properties.AlarmActions).toEqual([topicArn]);
    const statements = statementsOf(synth, roleOf(synth, 'InactiveKeyAudit'));
    const key = statements.find(({ Action }) => Action.includes('kms:GenerateDataKey'));
    expect(key).toMatchObject({
      Resource: [kmsKeyArn],
      Condition: { StringEquals: { 'kms:ViaService': 'sns.eu-central-1.amazonaws.com' } },
    });
  });
});

describe('a system without runbooks yet', () => {
  it('is still watched over', () => {
    const synth = synthesized({ ...alexander, runbooks: {} });
    expect(ofType(synth, 'AWS::Scheduler::Schedule')).toHaveLength(1);
    expect(ofType(synth, 'AWS::EC2::SecurityGroup')).toEqual([]);
  });
});

describe('reserved concurrency', () => {
  it('is there where settings ask for it', () => {
    const synth = synthesized(withAudit({ reservedConcurrency: 1 }));
    const [audit] = ofType(synth, 'AWS::Lambda::Function').filter(([id]) => id.startsWith('InactiveKeyAudit'));
    expect(audit?.[1].Properties.ReservedConcurrentExecutions).toBe(1);
  });
});
