import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Validations } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { beforeAll, describe, expect, it } from 'vitest';
import { nightshiftApp } from '../../lib/nightshift-app.ts';
import alexander from '../../systems/alexander.ts';
import {
  ACTOR,
  enforcing,
  ofType,
  roleOf,
  type Statement,
  type Synthesized,
  statementsOf,
  synthesized,
  withAudit,
} from './synthesized.ts';

let reporting: Synthesized;
let enforced: Synthesized;
beforeAll(() => {
  reporting = synthesized();
  enforced = synthesized(enforcing());
});

const NETWORK =
  /^ec2:(Assign|Unassign)PrivateIpAddresses$|^ec2:(Create|Delete|Describe)NetworkInterfaces?$|^ec2:DescribeSubnets$/;
const CHANGES_ONLY_ITS_OWN = [
  's3:PutObject',
  'sns:Publish',
  'sqs:SendMessage',
  'logs:CreateLogStream',
  'logs:PutLogEvents',
];
const READS = ['s3:GetObject', 's3:ListBucket', 'secretsmanager:GetSecretValue'];

const allowed = (statements: Statement[]) => statements.filter(({ Effect }) => Effect === 'Allow');
const auditStatements = (synth: Synthesized) => statementsOf(synth, roleOf(synth, 'InactiveKeyAudit'));

describe('the role of the audit in report mode', () => {
  it('F12 can change nothing but its evidence, its state, topics and its own log', () => {
    const actions = allowed(auditStatements(reporting)).flatMap(({ Action }) => Action);
    expect(actions.filter((action) => !NETWORK.test(action)).toSorted()).toEqual(
      [...CHANGES_ONLY_ITS_OWN, ...READS].toSorted(),
    );
    const puts = allowed(auditStatements(reporting)).filter(({ Action }) => Action.includes('s3:PutObject'));
    expect(puts.flatMap(({ Resource }) => Resource.map(keysOf))).toEqual([
      '/reports/inactive-key-audit/*',
      '/state/inactive-key-audit/*',
    ]);
  });

  it('lists its own state only', () => {
    const listing = allowed(auditStatements(reporting)).filter(({ Action }) => Action.includes('s3:ListBucket'));
    expect(listing.map(({ Condition }) => Condition)).toEqual([
      { StringLikeIfExists: { 's3:prefix': 'state/inactive-key-audit/*' } },
    ]);
  });

  it('keeps the network permissions from the code that runs under it', () => {
    const network = auditStatements(reporting).filter(({ Action }) => Action.some((action) => NETWORK.test(action)));
    const [allow, deny] = network;
    expect(network).toHaveLength(2);
    expect(deny).toMatchObject({
      Effect: 'Deny',
      Condition: { Null: { 'lambda:SourceFunctionArn': 'false' } },
      Resource: ['*'],
    });
    expect(deny?.Action).toEqual(allow?.Action);
  });

  it('holds no key of the actor, even where settings name one', () => {
    const named = enforcing().runbooks['inactive-key-audit'];
    const synth = synthesized(withAudit({ settings: named?.settings as never }));
    expect(JSON.stringify(auditStatements(synth))).not.toContain(ACTOR);
  });
});

describe('enforce mode', () => {
  it('adds exactly the actor’s secret and the halt switch to the role', () => {
    const extra = difference(auditStatements(enforced), auditStatements(reporting));
    expect(extra).toHaveLength(2);
    expect(extra).toContainEqual(expect.stringMatching(/^ssm:GetParameter .*SharedHalt/));
    expect(extra).toContain(`secretsmanager:GetSecretValue "${ACTOR}"`);
    expect(difference(auditStatements(reporting), auditStatements(enforced))).toEqual([]);
  });

  it('never tries an act again by itself', () => {
    const [config] = ofType(enforced, 'AWS::Lambda::EventInvokeConfig').filter(([id]) =>
      id.startsWith('InactiveKeyAudit'),
    );
    expect(config?.[1].Properties.MaximumRetryAttempts).toBe(0);
  });
});

describe('customer keys', () => {
  it('open a secret through Secrets Manager, and nothing else', () => {
    const kmsKeyArn = 'arn:aws:kms:eu-central-1:111122223333:key/0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9';
    const { settings } = alexander.runbooks['inactive-key-audit'];
    const reader = { ...settings.database.reader, kmsKeyArn };
    const synth = synthesized(withAudit({ settings: { ...settings, database: { reader } } as never }));
    const keys = auditStatements(synth).filter(({ Action }) => Action.some((action) => action.startsWith('kms:')));
    expect(keys).toEqual([
      {
        Effect: 'Allow',
        Action: ['kms:Decrypt'],
        Resource: [kmsKeyArn],
        Condition: { StringEquals: { 'kms:ViaService': 'secretsmanager.eu-central-1.amazonaws.com' } },
      },
    ]);
  });
});

describe('watch', () => {
  it('reads every report, writes its own, and lists subscriptions', () => {
    const statements = allowed(statementsOf(reporting, roleOf(reporting, 'Watch')));
    const find = (action: string) =>
      statements.filter(({ Action }) => Action.includes(action)).flatMap(({ Resource }) => Resource.map(keysOf));
    expect(find('s3:PutObject')).toEqual(['/reports/watch/*', '/state/watch/*']);
    expect(find('s3:GetObject')).toContain('/reports/*');
    expect(find('sns:ListSubscriptionsByTopic')).toHaveLength(2);
    expect(JSON.stringify(statements)).not.toContain('secretsmanager');
    expect(JSON.stringify(statements)).not.toContain('ec2:');
  });
});

describe('wildcards', () => {
  it('stand in no action, and each in a resource has a reason of its own', () => {
    const policies = reporting.stack.node.findAll().filter((node) => node instanceof iam.CfnPolicy);
    const found = policies.flatMap((policy) => {
      const { Statement: statements } = reporting.stack.resolve(policy.policyDocument) as {
        Statement: Record<string, unknown>[];
      };
      const recorded = reasonsAt(policy);
      const wild = new Set(
        statements
          .flatMap(({ Resource }) => [Resource].flat())
          .map(keysOf)
          .filter((name) => name.includes('*')),
      );
      expect(JSON.stringify(statements.map(({ Action }) => Action))).not.toContain('*');
      expect(recorded.map(({ reason }) => reason).filter((reason) => reason.length < 20)).toEqual([]);
      // Two permissions on one wildcard have a reason each.
      expect(new Set(recorded.map(({ finding }) => finding)).size).toBe(wild.size);
      return [...wild];
    });
    expect(found.length).toBeGreaterThan(5);
  });

  it('without a reason stop the synthesis', () => {
    const outdir = mkdtempSync(join(tmpdir(), 'nightshift-gate-'));
    const app = nightshiftApp({ 'systems/alexander.ts': alexander }, { outdir });
    const role = app.node.findAll().find((node) => node instanceof iam.Role) as iam.Role;
    role.addToPolicy(
      new iam.PolicyStatement({ actions: ['s3:GetObject'], resources: ['arn:aws:s3:::somebody-else/*'] }),
    );
    expect(() => app.synth()).toThrow(/AwsSolutions-IAM5\[Resource::arn:aws:s3:::somebody-else\/\*\]/);
    rmSync(outdir, { recursive: true });
  });
});

/** What a resource ends in, after the reference to the thing itself: `/reports/watch/*`. */
function keysOf(resource: unknown): string {
  if (typeof resource === 'string') return resource;
  const [, parts] = (resource as { 'Fn::Join'?: [string, unknown[]] })['Fn::Join'] ?? ['', []];
  return parts.filter((part) => typeof part === 'string').join('');
}

function difference(left: Statement[], right: Statement[]): string[] {
  const flat = (statements: Statement[]) =>
    allowed(statements).flatMap(({ Action, Resource, Condition }) =>
      Action.flatMap((action) =>
        Resource.map((one) => [action, JSON.stringify(one), JSON.stringify(Condition)].filter(Boolean).join(' ')),
      ),
    );
  const known = new Set(flat(right));
  return flat(left).filter((one) => !known.has(one));
}

function reasonsAt(policy: iam.CfnPolicy): { finding: string; reason: string }[] {
  const entries = policy.node.metadata.filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY);
  return entries.flatMap(({ data }) =>
    Object.entries(data as Record<string, string>).map(([finding, reason]) => ({ finding, reason })),
  );
}
