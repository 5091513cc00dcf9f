import {
  DescribeReplicationGroupsCommand,
  DescribeUsersCommand,
  ElastiCacheClient,
  ModifyReplicationGroupCommand,
  ModifyUserCommand,
} from '@aws-sdk/client-elasticache';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type StandIn, startStandIn } from '../../../local/aws/stand-in.ts';
import { clientSettings, errorOf } from './clients.ts';

const [A, B, C] = ['a', 'b', 'c'].map((letter) => letter.repeat(32)) as [string, string, string];

let standIn: StandIn;
let cache: ElastiCacheClient;
/** What a real cache would let in. */
let valid: string[];
const apply = async (passwords: string[]) => {
  valid = passwords;
};
beforeEach(async () => {
  standIn = await startStandIn();
  cache = new ElastiCacheClient(clientSettings(standIn, 'tester'));
  valid = [A];
  standIn.createCacheUser({ id: 'app-id', name: 'app', passwords: { valid, apply } });
  standIn.createCacheUser({ id: 'by-iam', name: 'by-iam' });
  const tokens = { valid, apply };
  standIn.createReplicationGroup({ id: 'cart', nodeGroups: ['0001'], snapshotRetentionDays: 0, tokens });
});
afterEach(() => standIn.stop());

describe('the stand-in for users of ElastiCache', () => {
  const look = async (UserId = 'app-id') => (await cache.send(new DescribeUsersCommand({ UserId }))).Users?.[0];
  const modify = (...Passwords: string[]) =>
    cache.send(new ModifyUserCommand({ UserId: 'app-id', AuthenticationMode: { Type: 'password', Passwords } }));

  it('tells who a user is, and how many passwords it has', async () => {
    expect(await look()).toMatchObject({
      UserId: 'app-id',
      UserName: 'app',
      Status: 'active',
      Authentication: { Type: 'password', PasswordCount: 1 },
      ARN: 'arn:aws:elasticache:eu-central-1:111122223333:user:app-id',
    });
    expect((await look('by-iam'))?.Authentication).toEqual({ Type: 'iam' });
    expect(await errorOf(look('nobody'))).toMatchObject({ name: 'UserNotFoundFault', status: 404 });
  });

  it('changes passwords after a while, and is not to be disturbed until then', async () => {
    expect((await modify(A, B)).Status).toBe('modifying');
    expect(await errorOf(modify(A))).toMatchObject({ name: 'InvalidUserStateFault', status: 400 });
    const seen = [];
    for (let looks = 1; looks <= 3; looks += 1) seen.push([(await look())?.Status, valid.length]);
    expect(seen).toEqual([
      ['modifying', 1],
      ['modifying', 1],
      ['active', 2],
    ]);
    expect((await look())?.Authentication?.PasswordCount).toBe(2);
  });

  it('takes two passwords at most, of 16 to 128 printable characters', async () => {
    for (const passwords of [[A, B, C], ['short'], ['x'.repeat(129)], [`${A}\n`]])
      expect(await errorOf(modify(...passwords))).toMatchObject({ name: 'InvalidParameterValueException' });
    expect(await errorOf(modify())).toMatchObject({ message: expect.stringContaining('does not model') });
  });
});

describe('the stand-in for AUTH tokens', () => {
  const look = async () =>
    (await cache.send(new DescribeReplicationGroupsCommand({ ReplicationGroupId: 'cart' }))).ReplicationGroups?.[0];
  const update = (AuthToken: string, AuthTokenUpdateStrategy: 'ROTATE' | 'SET', now = true) =>
    cache.send(
      new ModifyReplicationGroupCommand({
        ReplicationGroupId: 'cart',
        AuthToken,
        AuthTokenUpdateStrategy,
        ApplyImmediately: now,
      }),
    );
  const settle = async () => {
    for (let looks = 1; looks <= 3; looks += 1) await look();
  };

  it('rotates one in beside the newest, and says so until it is done', async () => {
    await update(B, 'ROTATE');
    expect(await look()).toMatchObject({
      Status: 'modifying',
      AuthTokenEnabled: true,
      PendingModifiedValues: { AuthTokenStatus: 'ROTATING' },
    });
    expect(await errorOf(update(C, 'ROTATE'))).toMatchObject({ name: 'InvalidReplicationGroupStateFault' });
    await settle();
    expect(valid).toEqual([A, B]);
    expect((await look())?.PendingModifiedValues?.AuthTokenStatus).toBeUndefined();
    await update(C, 'ROTATE');
    await settle();
    expect(valid).toEqual([B, C]);
  });

  it('leaves the newest alone when that is set, and sets no other', async () => {
    await update(B, 'ROTATE');
    await settle();
    expect(await errorOf(update(A, 'SET'))).toMatchObject({ name: 'InvalidParameterValueException' });
    expect(await errorOf(update(B, 'ROTATE'))).toMatchObject({ name: 'InvalidParameterValueException' });
    await update(B, 'SET');
    await settle();
    expect(valid).toEqual([B]);
  });

  it('F34 takes letters, digits and eight other characters', async () => {
    for (const token of [`${B}@`, `${B}/`, `${B}"`, `${B} `, 'short'])
      expect(await errorOf(update(token, 'ROTATE'))).toMatchObject({ name: 'InvalidParameterValueException' });
    expect(await errorOf(update(B, 'ROTATE', false))).toMatchObject({
      message: expect.stringContaining('does not model'),
    });
    await update(`${B}!&#$^<>-`, 'ROTATE');
  });
});
