import { beforeAll, describe, expect, it } from 'vitest';
import { SOURCE } from '../../functions/credential-rotation/tell-consumers.ts';
import type { System } from '../../lib/system.ts';
import { KEY, type Rotation, rotating, rotatingWithKeys, rotation, withRotation } from './rotating.ts';
import { ofType, refs, roleOf, type Statement, type Synthesized, statementsOf, synthesized } from './synthesized.ts';

let report: Synthesized;
let enforce: Synthesized;
let keyed: Synthesized;
beforeAll(() => {
  report = synthesized(withRotation({}));
  enforce = synthesized(rotating());
  keyed = synthesized(rotatingWithKeys());
});

const arnsOf = (kind: 'postgres-user' | 'postgres-alternating') =>
  rotation.kinds[kind].settings.secrets.map(({ secretArn }) => secretArn);
const ADMIN_KEY = rotation.kinds['access-key-table'].settings.secrets.map(({ secretArn }) => secretArn);
const ALL = [...ADMIN_KEY, ...arnsOf('postgres-alternating'), ...arnsOf('postgres-user')];
const CONSTRUCTS = {
  user: 'CredentialRotationpostgresuser',
  pair: 'CredentialRotationpostgresalternating',
  all: 'CredentialRotationall',
};
const allowed = (synth: Synthesized, construct: string): Statement[] =>
  statementsOf(synth, roleOf(synth, construct)).filter(({ Effect }) => Effect === 'Allow');
const granting = (synth: Synthesized, construct: string, action: string) =>
  allowed(synth, construct).filter(({ Action }) => Action.includes(action));
const properties = (synth: Synthesized, type: string) => ofType(synth, type).map(([, { Properties }]) => Properties);

describe('credentials in report mode', () => {
  it('are rotated by nobody: Secrets Manager is told nothing, and may call nothing', () => {
    expect(ofType(report, 'AWS::SecretsManager::RotationSchedule')).toEqual([]);
    expect(ofType(report, 'AWS::Lambda::Permission')).toEqual([]);
  });

  it.each(Object.values(CONSTRUCTS))('are looked at by their labels only: %s', (construct) => {
    const actions = allowed(report, construct).flatMap(({ Action }) => Action);
    const onSecrets = actions.filter((action) => /^(secretsmanager|kms|events|ssm|lambda):/.test(action));
    expect(onSecrets).toEqual(['secretsmanager:DescribeSecret']);
  });
});

describe('credentials in enforce mode', () => {
  it('are rotated by Secrets Manager, which a deployment does not make do so at once', () => {
    const schedules = properties(enforce, 'AWS::SecretsManager::RotationSchedule');
    expect(schedules.map(({ SecretId }) => SecretId)).toEqual(expect.arrayContaining(ALL));
    for (const schedule of schedules) expect(schedule).toMatchObject({ RotateImmediatelyOnUpdate: false });
    expect(schedules.map(({ RotationRules }) => RotationRules)).toEqual(
      expect.arrayContaining([{ ScheduleExpression: 'rate(30 days)' }, { ScheduleExpression: 'cron(0 2 1 * ? *)' }]),
    );
  });

  it('let Secrets Manager call each function for its own secrets only, from this account, through the alias', () => {
    const permissions = properties(enforce, 'AWS::Lambda::Permission');
    expect(permissions.map(({ SourceArn }) => SourceArn).sort()).toEqual([...ALL].sort());
    const aliases = ofType(enforce, 'AWS::Lambda::Alias').map(([id]) => id);
    for (const permission of permissions) {
      expect(permission).toMatchObject({
        Action: 'lambda:InvokeFunction',
        Principal: 'secretsmanager.amazonaws.com',
        SourceAccount: '111122223333',
      });
      for (const id of refs(permission.FunctionName)) expect(aliases).toContain(id);
    }
  });

  it('have the permission before Secrets Manager tries the function', () => {
    for (const [, { DependsOn = [] }] of ofType(enforce, 'AWS::SecretsManager::RotationSchedule'))
      expect(DependsOn.filter((id) => enforce.resources[id]?.Type === 'AWS::Lambda::Permission')).toHaveLength(1);
  });

  it('are read and changed by exact ARNs, each by the function of its kind', () => {
    for (const [construct, arns] of [
      [CONSTRUCTS.user, arnsOf('postgres-user')],
      [CONSTRUCTS.pair, arnsOf('postgres-alternating')],
    ] as const) {
      for (const action of ['secretsmanager:PutSecretValue', 'secretsmanager:UpdateSecretVersionStage'])
        expect(granting(enforce, construct, action).flatMap(({ Resource }) => Resource)).toEqual(arns);
    }
  });

  it('are told of on the bus under our own name only', () => {
    const [statement] = granting(enforce, CONSTRUCTS.user, 'events:PutEvents');
    expect(statement?.Condition).toEqual({ 'ForAllValues:StringEquals': { 'events:source': SOURCE } });
  });

  it('with a customer key, are decrypted and encrypted through Secrets Manager alone', () => {
    const [statement] = granting(keyed, CONSTRUCTS.user, 'kms:GenerateDataKey');
    expect(statement).toMatchObject({ Action: ['kms:Decrypt', 'kms:GenerateDataKey'], Resource: [KEY] });
    const via = 'secretsmanager.eu-central-1.amazonaws.com';
    expect(statement?.Condition).toEqual({ StringEquals: { 'kms:ViaService': via } });
  });

  it('are all rotated by a function that reads none of them', () => {
    expect(granting(enforce, CONSTRUCTS.all, 'secretsmanager:GetSecretValue')).toEqual([]);
    expect(granting(enforce, CONSTRUCTS.all, 'secretsmanager:RotateSecret')[0]?.Resource).toEqual(ALL);
    const settings = enforce.settings.find(({ runbook }) => runbook === 'credential-rotation-all');
    // First what has an overlap, last what has none.
    expect((settings?.settings.secrets as { secretArn: string }[]).map(({ secretArn }) => secretArn)).toEqual(ALL);
  });

  it('F07 are never tried again by Lambda', () => {
    const configs = properties(enforce, 'AWS::Lambda::EventInvokeConfig').filter(
      ({ MaximumRetryAttempts }) => MaximumRetryAttempts === 0,
    );
    expect(configs).toHaveLength(4);
  });
});

describe('F13 settings of a rotation', () => {
  const refusal = (system: System) => {
    try {
      synthesized(system);
    } catch (error) {
      return (error as Error).message;
    }
    throw new Error('it was synthesized');
  };
  const kind = (changes: object) =>
    withRotation({
      kinds: { 'postgres-user': { ...rotation.kinds['postgres-user'], ...changes } } as Rotation['kinds'],
    });

  it.each([
    ['no kind', withRotation({ kinds: {} }), 'must have at least one kind'],
    ['a look that is not daily', withRotation({ schedule: 'rate(2 days)' }), 'must run at least once a day'],
    [
      'rotations too seldom',
      kind({ rotates: 'rate(60 days)' }),
      'must rotate each secret more often than every maxAgeDays',
    ],
    [
      'a schedule that Secrets Manager does not take',
      kind({ rotates: 'cron(15 3 1 * ? *)' }),
      'at a full hour, in UTC',
    ],
    ['two users that are one', withPair({ users: ['a', 'a'] }), 'must be two users, and neither of them the owner'],
    ['an owner that is one of them', withPair({ owner: 'alexander_a' }), 'must be two users'],
    ['a hostile name', withPair({ owner: 'a"; DROP ROLE b' }), 'a name of letters, digits'],
  ])('F21 are refused: %s', (_what, system, because) => {
    expect(refusal(system)).toContain(because);
  });

  function withPair(changes: object): System {
    const pair = structuredClone(rotation.kinds['postgres-alternating']);
    Object.assign(pair.settings.secrets[0] ?? {}, changes);
    return withRotation({ kinds: { 'postgres-alternating': pair } as unknown as Rotation['kinds'] });
  }
});
