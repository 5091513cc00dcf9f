import { beforeAll, describe, expect, it } from 'vitest';
import { ofType, type Resource, refs, type Synthesized, synthesized } from './synthesized.ts';

let alexander: Synthesized;
beforeAll(() => {
  alexander = synthesized();
});

const properties = (type: string) => ofType(alexander, type).map(([, resource]) => resource.Properties);
const idsOf = (type: string) => ofType(alexander, type).map(([id]) => id);

describe('every function of the house', () => {
  it('runs Node 24 on arm64, from index.handler', () => {
    const functions = properties('AWS::Lambda::Function');
    expect(functions).toHaveLength(10);
    for (const one of functions) {
      expect(one).toMatchObject({ Runtime: 'nodejs24.x', Architectures: ['arm64'], Handler: 'index.handler' });
    }
  });

  it('has a role to itself, which only Lambda may take and which has no managed policy', () => {
    const roles = properties('AWS::Lambda::Function').flatMap(({ Role }) => refs(Role));
    expect(new Set(roles).size).toBe(10);
    for (const id of roles) {
      const { Properties } = alexander.resources[id] as Resource;
      expect(JSON.stringify(Properties.AssumeRolePolicyDocument)).toContain('"Service":"lambda.amazonaws.com"');
    }
    for (const role of properties('AWS::IAM::Role')) expect(role).not.toHaveProperty('ManagedPolicyArns');
    expect(idsOf('AWS::IAM::ManagedPolicy')).toEqual([]);
  });

  it('logs to a group of its own, which forgets in the end', () => {
    const groups = properties('AWS::Lambda::Function').flatMap(({ LoggingConfig }) => refs(LoggingConfig));
    expect(new Set(groups)).toEqual(new Set(idsOf('AWS::Logs::LogGroup')));
    for (const group of properties('AWS::Logs::LogGroup')) expect(group).toMatchObject({ RetentionInDays: 180 });
  });

  it('has its permissions before Lambda tries them', () => {
    for (const [, one] of ofType(alexander, 'AWS::Lambda::Function')) {
      const role = refs(one.Properties.Role);
      const policies = ofType(alexander, 'AWS::IAM::Policy').filter(([, policy]) =>
        role.includes(refs(policy.Properties.Roles)[0] ?? ''),
      );
      expect(one.DependsOn).toEqual(expect.arrayContaining(policies.map(([id]) => id)));
    }
  });

  it('reserves no concurrency, which a new account cannot give', () => {
    for (const one of properties('AWS::Lambda::Function'))
      expect(one).not.toHaveProperty('ReservedConcurrentExecutions');
  });

  it('F07 sends what it could not handle to the failure queue, by the alias’s own retries and maximum age', () => {
    const aliases = new Set(idsOf('AWS::Lambda::Alias'));
    const queue = idsOf('AWS::SQS::Queue')[0];
    for (const one of properties('AWS::Lambda::EventInvokeConfig')) {
      const [alias] = refs(one.Qualifier);
      expect(aliases.delete(alias ?? '')).toBe(true);
      expect(one).toMatchObject({ MaximumRetryAttempts: 2, MaximumEventAgeInSeconds: 3600 });
      expect(refs(one.DestinationConfig)).toEqual([queue]);
    }
    expect([...aliases]).toEqual([]);
  });

  it('is only ever triggered through its alias', () => {
    const aliases = idsOf('AWS::Lambda::Alias');
    const schedules = properties('AWS::Scheduler::Schedule').map(({ Target }) => (Target as { Arn: unknown }).Arn);
    const hooks = properties('Custom::NightshiftDeployment').flatMap(({ ServiceToken, WatchArn }) => [
      ServiceToken,
      WatchArn,
    ]);
    const targets = [...schedules, ...hooks].flatMap(refs);
    // The hook, what it invokes, and a schedule for each runbook.
    expect(targets).toHaveLength(10);
    for (const target of targets) expect(aliases).toContain(target);
    // One rule, that of the storage alarm, and the permission that it needs.
    for (const type of ['AWS::Lambda::Permission', 'AWS::Events::Rule'])
      expect(idsOf(type)).toEqual([expect.stringMatching(/^OrphanBlobGc/)]);
    for (const { FunctionName } of properties('AWS::Lambda::Permission'))
      expect(aliases).toEqual(expect.arrayContaining(refs(FunctionName)));
    for (const { Targets } of properties('AWS::Events::Rule'))
      for (const { Arn } of Targets as { Arn: unknown }[]) expect(aliases).toEqual(expect.arrayContaining(refs(Arn)));
  });
});

describe('the stack', () => {
  it('gives nothing a physical name, so it can be deployed twice and replaced', () => {
    const named = /^(Function|Bucket|Queue|Topic|Role|Alarm|LogGroup|Group)Name$|^Name$/;
    // Those name the function that they belong to.
    const ofFunctions = ['Alias', 'Version', 'EventInvokeConfig', 'Permission'].map((type) => `AWS::Lambda::${type}`);
    const physical = Object.values(alexander.resources)
      .filter(({ Type }) => !ofFunctions.includes(Type))
      .flatMap(({ Type, Properties }) =>
        Object.keys(Properties ?? {})
          .filter((key) => named.test(key))
          .map((key) => `${Type} ${key}`),
      );
    expect(physical).toEqual([]);
  });

  it('refers only to what it has', () => {
    const pseudo = new Set([
      'AWS::Partition',
      'AWS::URLSuffix',
      'AWS::Region',
      'AWS::AccountId',
      'AWS::NoValue',
      'AWS::StackName',
      'AWS::StackId',
    ]);
    const known = new Set([...Object.keys(alexander.resources), ...pseudo]);
    const dangling = refs({ resources: alexander.resources, outputs: alexander.outputs }).filter(
      (id) => !known.has(id),
    );
    expect(dangling).toEqual([]);
    for (const { DependsOn } of Object.values(alexander.resources)) {
      for (const id of DependsOn ?? []) expect(known).toContain(id);
    }
  });

  it('looks nothing up', () => {
    expect(JSON.stringify(alexander.resources)).not.toContain('dummy');
    expect(JSON.stringify(alexander.resources)).not.toContain('vpc-12345');
  });

  it('keeps evidence when it is deleted itself: versioned, encrypted, private, and over TLS only', () => {
    const [bucket] = ofType(alexander, 'AWS::S3::Bucket').map(([, one]) => one);
    expect(bucket?.DeletionPolicy).toBe('Retain');
    expect(bucket?.Properties).toMatchObject({
      VersioningConfiguration: { Status: 'Enabled' },
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
      },
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
    });
    expect(JSON.stringify(properties('AWS::S3::BucketPolicy'))).toContain('"aws:SecureTransport":"false"');
  });

  it('starts with the halt switch at run, and says how to turn it', () => {
    const [halt] = properties('AWS::SSM::Parameter');
    expect(halt).toMatchObject({ Value: 'run', AllowedPattern: '^(run|halt)$' });
    expect(JSON.stringify(alexander.outputs)).toContain('--value halt');
  });

  it('F07 keeps failed events for two weeks, encrypted, and pages about them', () => {
    expect(properties('AWS::SQS::Queue')).toMatchObject([
      { SqsManagedSseEnabled: true, MessageRetentionPeriod: 1_209_600 },
    ]);
    expect(JSON.stringify(properties('AWS::SQS::QueuePolicy'))).toContain('"aws:SecureTransport":"false"');
    const alarm = properties('AWS::CloudWatch::Alarm').find(({ Namespace }) => Namespace === 'AWS/SQS');
    expect(alarm).toMatchObject({ MetricName: 'ApproximateNumberOfMessagesVisible', Threshold: 0 });
  });
});
