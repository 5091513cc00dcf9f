import { beforeAll, describe, expect, it } from 'vitest';
import { PROBE_NAME } from '../../functions/orphan-blob-gc/probe.ts';
import signx from '../../systems/signx-studio.ts';
import { collecting, coordinated, copying, type Gc, gc, withGc } from './collecting.ts';
import { ofType, refs, roleOf, type Statement, type Synthesized, statementsOf, synthesized } from './synthesized.ts';

const WATCHED = { runbook: 'orphan-blob-gc', graceHours: 2 };
const MARKING = { ...WATCHED, everyHours: 168, provenBy: 'Examined' };
const SWEEPING = { ...WATCHED, everyHours: 24, name: 'orphan-blob-gc-sweep', provenBy: 'QuarantinedObjects' };

let reporting: Synthesized;
let enforcing: Synthesized;
let byCopies: Synthesized;
let under: Synthesized;
beforeAll(() => {
  under = synthesized(collecting({ prefix: 'blobs/', key: '{hash}' }));
  reporting = synthesized(withGc({}));
  enforcing = synthesized(collecting());
  byCopies = synthesized(copying());
});

const own = (of: Synthesized, type: string) => ofType(of, type).filter(([id]) => id.startsWith('OrphanBlobGc'));
const ruleOf = (of: Synthesized): Record<string, unknown> => own(of, 'AWS::Events::Rule')[0]?.[1].Properties ?? {};
const allowed = (of: Synthesized): Statement[] =>
  statementsOf(of, roleOf(of, 'OrphanBlobGc')).filter(({ Effect }) => Effect === 'Allow');
const resourcesOf = (of: Synthesized, action: string) =>
  allowed(of)
    .filter(({ Action }) => Action.includes(action))
    .flatMap(({ Resource }) => JSON.stringify(Resource));
const onBlobs = (of: Synthesized, action: string) =>
  resourcesOf(of, action).filter((one) => one.includes('alexander-blobs'));

/** Keys of the blobs’ bucket, as IAM spells them. */
const reached = (of: Synthesized, action: string) =>
  resourcesOf(of, action).flatMap((one) => [...one.matchAll(/:s3:::alexander-blobs\/([^"]+)"/g)].map(([, key]) => key));

describe('the collector’s role', () => {
  it('may change nothing of the blobs in report mode, and reads no actor’s secret', () => {
    for (const action of ['s3:PutObject', 's3:DeleteObject', 's3:DeleteObjectVersion'])
      expect(onBlobs(reporting, action)).toEqual([]);
    expect(resourcesOf(reporting, 'secretsmanager:GetSecretValue').join()).not.toContain('blobs-actor');
  });

  it('may hide blobs and bring them back in enforce mode, and reach nothing else of the bucket, also where they are at its top', () => {
    const any = '?'.repeat(64);
    for (const action of ['s3:DeleteObject', 's3:DeleteObjectVersion', 's3:GetObject']) {
      expect(reached(enforcing, action)).toEqual([`??/??/${any}`, PROBE_NAME]);
      expect(reached(under, action)).toEqual([`blobs/${any}`, `blobs/${PROBE_NAME}`]);
    }
    expect(reached(reporting, 's3:GetObject')).toEqual([`??/??/${any}`]);
    expect(resourcesOf(enforcing, 'secretsmanager:GetSecretValue').join()).toContain('blobs-actor');
    expect(resourcesOf(enforcing, 'ssm:GetParameter')).toHaveLength(1);
  });

  it('may put nothing but its probe where quarantine is a delete marker, also with a key of the customer’s', () => {
    const kmsKeyArn = 'arn:aws:kms:eu-central-1:111122223333:key/2c3d4e5f-6071-8293-a4b5-c6d7e8f90a1b';
    const keyed = synthesized(collecting({ prefix: 'blobs/', store: { ...gc.settings.store, kmsKeyArn } }));
    const probe = new RegExp(`:s3:::alexander-blobs/blobs/${PROBE_NAME}"`);
    expect(onBlobs(keyed, 's3:PutObject')).toEqual([expect.stringMatching(probe)]);
    expect(resourcesOf(keyed, 'kms:GenerateDataKey').join()).toContain(kmsKeyArn);
  });

  it('may erase no version at all where quarantine is a copy', () => {
    const blob = `??/??/${'?'.repeat(64)}`;
    expect(onBlobs(byCopies, 's3:DeleteObjectVersion')).toEqual([]);
    expect(reached(byCopies, 's3:DeleteObject')).toEqual([blob, PROBE_NAME]);
    const both = [blob, `quarantine/${blob}`, PROBE_NAME, `quarantine/${PROBE_NAME}`];
    expect(reached(byCopies, 's3:PutObject').toSorted()).toEqual(both.toSorted());
    expect(reached(byCopies, 's3:GetObject').toSorted()).toEqual(both.toSorted());
  });
});

describe('the collector runs', () => {
  it('F08 weekly to mark, and daily to sweep in enforce mode only; each is waited for by itself', () => {
    const inputs = (of: Synthesized) =>
      own(of, 'AWS::Scheduler::Schedule').map(([, { Properties }]) => {
        const { Input } = Properties.Target as { Input: unknown };
        return JSON.stringify(Input).includes('sweep') ? 'sweep' : 'mark';
      });
    expect(inputs(reporting)).toEqual(['mark']);
    expect(inputs(enforcing).toSorted()).toEqual(['mark', 'sweep']);
    const watched = (of: Synthesized) => of.settings.find(({ runbook }) => runbook === 'watch')?.settings;
    expect(watched(reporting)).toEqual({ watched: [MARKING] });
    expect(watched(enforcing)).toEqual({ watched: [MARKING, SWEEPING] });
    const overdue = (of: Synthesized) =>
      ofType(of, 'AWS::CloudWatch::Alarm').flatMap(([, { Properties }]) =>
        Properties.MetricName === 'HoursOverdue' ? JSON.stringify(Properties.Dimensions) : [],
      );
    expect(overdue(enforcing)).toEqual(
      ['orphan-blob-gc', 'orphan-blob-gc-sweep'].map((name) => expect.stringContaining(`"${name}"`)),
    );
  });

  it('when the storage alarm rings, through its alias, with retries and a queue for what was given up', () => {
    const rule = ruleOf(reporting);
    const alarms = own(reporting, 'AWS::CloudWatch::Alarm');
    const alarm = alarms.find(([, { Properties }]) => Properties.MetricName === 'BucketSizeBytes')?.[0];
    expect(rule.EventPattern).toMatchObject({
      source: ['aws.cloudwatch'],
      'detail-type': ['CloudWatch Alarm State Change'],
      detail: { state: { value: ['ALARM'] } },
    });
    expect(refs(rule.EventPattern)).toEqual([alarm]);
    const [target] = rule.Targets as [Record<string, unknown>];
    expect(refs(target.Arn)[0]).toMatch(/^OrphanBlobGc.*Live/);
    expect(target).toMatchObject({ RetryPolicy: { MaximumRetryAttempts: 2 }, DeadLetterConfig: expect.anything() });
  });

  it('by the size of the bucket, by a metric of the system’s own, or by an alarm that is there already', () => {
    const size = own(reporting, 'AWS::CloudWatch::Alarm').map(([, { Properties }]) => Properties);
    expect(size).toContainEqual(
      expect.objectContaining({ Namespace: 'AWS/S3', MetricName: 'BucketSizeBytes', Threshold: 4e12, Period: 86_400 }),
    );
    const metric = { namespace: 'Alexander', metricName: 'StoredBytes', dimensions: { Node: 'a' } };
    const measured = synthesized(withGc({ storageAlarm: { aboveBytes: 5, metric } }));
    expect(own(measured, 'AWS::CloudWatch::Alarm').map(([, { Properties }]) => Properties)).toContainEqual(
      expect.objectContaining({ Namespace: 'Alexander', MetricName: 'StoredBytes', Threshold: 5 }),
    );
    const named = synthesized({ ...signx, runbooks: { 'orphan-blob-gc': signx.runbooks['orphan-blob-gc'] } });
    expect(JSON.stringify(ruleOf(named))).toContain('alarm:apex-uploads-size');
  });
});

describe('where there is a coordinator', () => {
  let inParts: Synthesized;
  beforeAll(() => {
    inParts = synthesized(coordinated({ coordinator: { atOnce: 8, hours: 10 } }));
  });
  const idOf = (type: string, which: string) =>
    ofType(inParts, type).find(([id]) => id.startsWith(`OrphanBlobGc${which}`))?.[0] ?? 'none';

  it('is durable from its making, and everything that starts a marking starts it, through its alias', () => {
    const [, one] = ofType(inParts, 'AWS::Lambda::Function').find(([id]) => id.includes('Coordinator')) ?? [];
    expect(one?.Properties).toMatchObject({
      DurableConfig: { ExecutionTimeout: (10 + 1) * 3600, RetentionPeriodInDays: 30 },
      Timeout: 900,
    });
    const targets = own(inParts, 'AWS::Scheduler::Schedule').map(([, { Properties }]) =>
      refs((Properties.Target as { Arn: unknown }).Arn),
    );
    const [ruled] = ruleOf(inParts).Targets as [{ Arn: unknown }];
    const alias = idOf('AWS::Lambda::Alias', 'Coordinator');
    expect([...targets, refs(ruled.Arn)]).toEqual([[alias], [alias]]);
    const configs = own(inParts, 'AWS::Lambda::EventInvokeConfig').filter(([id]) => id.includes('Coordinator'));
    expect(configs.map(([, { Properties }]) => Properties.MaximumRetryAttempts)).toEqual([0]);
  });

  it('it may invoke the alias of the one that marks, is told which, and may change nothing of the blobs', () => {
    const role = roleOf(inParts, 'OrphanBlobGcCoordinator');
    const statements = statementsOf(inParts, role).filter(({ Effect }) => Effect === 'Allow');
    const invoking = statements.filter(({ Action }) => Action.includes('lambda:InvokeFunction'));
    const alias = idOf('AWS::Lambda::Alias', 'Runbook');
    expect(invoking.map(({ Resource }) => refs(Resource))).toEqual([[alias]]);
    const [, one] = ofType(inParts, 'AWS::Lambda::Function').find(([id]) => id.includes('Coordinator')) ?? [];
    const { Variables } = one?.Properties.Environment as { Variables: Record<string, unknown> };
    expect(refs(Variables.WORKER_FUNCTION_ARN)).toEqual([alias]);
    const actions = statements.flatMap(({ Action }) => Action);
    for (const action of ['s3:DeleteObject', 's3:DeleteObjectVersion', 'ssm:GetParameter'])
      expect(actions).not.toContain(action);
  });

  it('it is in report mode, also where the one that marks may act', () => {
    const system = collecting();
    const acting = { ...system.runbooks['orphan-blob-gc'], coordinator: { atOnce: 8 } } as Gc;
    const stack = synthesized({ ...system, runbooks: { 'orphan-blob-gc': acting } });
    const modes = stack.settings.map(({ settings, mode }) => ['coordinator' in settings, mode]);
    expect(modes).toContainEqual([true, 'report']);
    expect(modes).toContainEqual([false, 'enforce']);
    const statements = JSON.stringify(statementsOf(stack, roleOf(stack, 'OrphanBlobGcCoordinator')));
    expect(statements).not.toMatch(/s3:DeleteObject|ssm:GetParameter|blobs-actor/);
  });

  it('it sees nothing of what is quarantined: a marking does not look there', () => {
    const coordinator = { coordinator: { atOnce: 8, hours: 10 } };
    for (const quarantine of [{ kind: 'prefix' as const, prefix: 'quarantine/' }, { kind: 'delete-marker' as const }]) {
      const stack = synthesized(withGc(coordinator, { quarantine }));
      const statements = statementsOf(stack, roleOf(stack, 'OrphanBlobGcCoordinator'));
      expect(JSON.stringify(statements)).not.toMatch(/alexander-blobs\/quarantine|ListBucketVersions/);
      expect(JSON.stringify(statements)).toMatch(/alexander-blobs\/\?\?/);
    }
  });

  it('F07 an execution that fails, takes too long or is stopped pages; a critical finding pages once', () => {
    const names = own(inParts, 'AWS::CloudWatch::Alarm').map(([, { Properties }]) => Properties.MetricName);
    expect(names.toSorted()).toEqual([
      'BucketSizeBytes',
      'CriticalFindings',
      'DurableExecutionFailed',
      'DurableExecutionStopped',
      'DurableExecutionTimedOut',
      'Errors',
      'Errors',
    ]);
  });

  it('F08 the watcher waits for one runbook, for as long as it may take', () => {
    const watched = inParts.settings.find(({ runbook }) => runbook === 'watch')?.settings;
    expect(watched).toMatchObject({ watched: [{ runbook: 'orphan-blob-gc', everyHours: 168 + 11 }] });
  });

  it('both functions are the same runbook, with the same settings and saved events of their own', () => {
    const both = inParts.settings.filter(({ runbook }) => runbook === 'orphan-blob-gc');
    const settings = both.map((one) => one.settings as Record<string, unknown>);
    const [worker] = settings.filter((one) => !('coordinator' in one));
    const coordinator = { atOnce: 8, hours: 10 };
    expect(settings).toContainEqual({ ...worker, coordinator });
    expect(settings).toHaveLength(2);
    const [hook] = ofType(inParts, 'Custom::NightshiftDeployment');
    expect((hook?.[1].Properties.Functions as object[]).length).toBe(3);
  });
});

describe('a system is refused', () => {
  it('in enforce mode without the writers’ promise, beside a collector of its own, or without an actor', () => {
    expect(() => synthesized(collecting({ writersCheckBeforeReuse: false }))).toThrow(
      /writersCheckBeforeReuse is not true/,
    );
    expect(() => synthesized(collecting({ ownCollector: true }))).toThrow(/ownCollector is true/);
    expect(() => synthesized(collecting({ database: gc.settings.database }))).toThrow(/settings\.database\.actor/);
  });

  it('where more would be marked at once than there are shards', () => {
    expect(() => synthesized(coordinated({ coordinator: { atOnce: 17 } }))).toThrow(/coordinator\.atOnce/);
    expect(() => synthesized(coordinated({ coordinator: { atOnce: 4, hours: 21 } }))).toThrow(/coordinator\.hours/);
  });

  it('F13 without caps, and where it would sweep less than daily', () => {
    const { caps: _left, ...policy } = gc.settings.policy;
    expect(() => synthesized(collecting({ policy: policy as never }))).toThrow(/policy\.caps/);
    expect(() => synthesized(withGc({ sweep: 'cron(0 3 ? * MON *)' }))).toThrow(/at least once a day/);
  });
});
