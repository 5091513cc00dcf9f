import {
  DeleteDBInstanceCommand,
  DescribeDBInstancesCommand,
  ModifyDBInstanceCommand,
  RDSClient,
  RestoreDBInstanceFromDBSnapshotCommand,
  RestoreDBInstanceToPointInTimeCommand,
} from '@aws-sdk/client-rds';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type StandIn, startStandIn } from '../../../local/aws/stand-in.ts';
import { clientSettings, errorOf } from './clients.ts';

const SNAPSHOT = 'rds:orders-2026-01-01';
const COPY = 'copy-of-orders';
const parts = {
  DBInstanceClass: 'db.t4g.medium',
  DBSubnetGroupName: 'isolated',
  DBParameterGroupName: 'own-18',
  OptionGroupName: 'default:postgres-18',
  Port: 5432,
  VpcSecurityGroupIds: ['sg-1'],
  MultiAZ: false,
  PubliclyAccessible: false,
  DeletionProtection: false,
  AutoMinorVersionUpgrade: false,
  EnableIAMDatabaseAuthentication: false,
  CopyTagsToSnapshot: false,
  BackupRetentionPeriod: 0,
  Tags: [{ Key: 'mark', Value: 'ours' }],
};
const deletion = { DBInstanceIdentifier: COPY, SkipFinalSnapshot: true, DeleteAutomatedBackups: true };

describe('the stand-in for restores of RDS', () => {
  let standIn: StandIn;
  let rds: RDSClient;
  let passwords: string[];
  beforeEach(async () => {
    standIn = await startStandIn();
    rds = new RDSClient(clientSettings(standIn, 'tester'));
    passwords = [];
    plantSource('orders', new Date('2026-01-01T10:00:00Z'));
    standIn.createDbSnapshot({ identifier: SNAPSHOT, of: 'instance', source: 'orders', createdAt: new Date() });
    plan(['creating', 'backing-up', 'available']);
  });
  afterEach(() => standIn.stop());

  const plantSource = (identifier: string, latestRestorableTime?: Date) => {
    const endpoint = { host: `${identifier}.c1.eu-central-1.rds.amazonaws.com`, port: 5432 };
    const given = { identifier, engine: 'postgres', caIdentifier: 'rds-ca-rsa2048-g1', endpoint };
    const serverCertificateValidTill = new Date('2030-01-01T00:00:00Z');
    standIn.createDbInstance({
      ...given,
      serverCertificateValidTill,
      masterUsername: 'owner',
      ...(latestRestorableTime && { latestRestorableTime }),
    });
  };
  const plan = (statuses: string[], looksUntilPassword = 0) =>
    standIn.planRestores({
      statuses,
      endpoint: { host: 'localhost', port: 5433 },
      looksUntilPassword,
      setPassword: async (password) => {
        passwords.push(password);
      },
    });
  const restore = (changes: object = {}) =>
    rds.send(
      new RestoreDBInstanceFromDBSnapshotCommand({
        DBInstanceIdentifier: COPY,
        DBSnapshotIdentifier: SNAPSHOT,
        ...parts,
        ...changes,
      }),
    );
  const look = async (identifier = COPY) => {
    const { DBInstances } = await rds.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: identifier }));
    return DBInstances?.[0];
  };
  const statuses = async (count: number) => {
    const seen: (string | undefined)[] = [];
    for (let time = 0; time < count; time += 1) seen.push((await look())?.DBInstanceStatus);
    return seen;
  };
  const reset = () =>
    new ModifyDBInstanceCommand({ DBInstanceIdentifier: COPY, MasterUserPassword: 'new', ApplyImmediately: true });

  it('makes an instance with its tags, which has an address once it is made, and the source’s master user', async () => {
    const { DBInstance } = await restore();
    expect(DBInstance).toMatchObject({ DBInstanceIdentifier: COPY, DBInstanceStatus: 'creating' });
    expect(DBInstance?.Endpoint).toBeUndefined();
    expect(await look()).toMatchObject({
      DBInstanceStatus: 'backing-up',
      MasterUsername: 'owner',
      Endpoint: { Address: 'localhost', Port: 5433 },
      TagList: [{ Key: 'mark', Value: 'ours' }],
    });
    expect((await look())?.DbiResourceId).not.toBe((await look('orders'))?.DbiResourceId);
  });

  it('moves it on with each look, and no further than planned', async () => {
    await restore();
    expect(await statuses(4)).toEqual(['backing-up', 'available', 'available', 'available']);
  });

  it('restores to the latest time of an instance that has backups, and of no other', async () => {
    const to = (source: string) =>
      rds.send(
        new RestoreDBInstanceToPointInTimeCommand({
          SourceDBInstanceIdentifier: source,
          TargetDBInstanceIdentifier: COPY,
          UseLatestRestorableTime: true,
          ...parts,
        }),
      );
    plantSource('bare');
    expect((await errorOf(to('bare'))).name).toBe('PointInTimeRestoreNotEnabledFault');
    expect((await errorOf(to('none'))).name).toBe('DBInstanceNotFoundFault');
    expect((await to('orders')).DBInstance?.DBInstanceStatus).toBe('creating');
  });

  it('refuses a name that is taken, a snapshot that is not there and one that is not done', async () => {
    await restore();
    expect((await errorOf(restore())).name).toBe('DBInstanceAlreadyExistsFault');
    const other = { DBInstanceIdentifier: 'another' };
    expect((await errorOf(restore({ ...other, DBSnapshotIdentifier: 'none' }))).name).toBe('DBSnapshotNotFoundFault');
    standIn.createDbSnapshot({ identifier: 'unfinished', of: 'instance', source: 'orders', status: 'creating' });
    const unfinished = restore({ ...other, DBSnapshotIdentifier: 'unfinished' });
    expect((await errorOf(unfinished)).name).toBe('InvalidDBSnapshotStateFault');
  });

  it('sets a password when it is available, and some looks later', async () => {
    plan(['creating', 'available'], 2);
    await restore();
    expect((await errorOf(rds.send(reset()))).name).toBe('InvalidDBInstanceStateFault');
    await look();
    await rds.send(reset());
    const pending = [];
    for (let time = 0; time < 3; time += 1)
      pending.push([(await look())?.PendingModifiedValues?.MasterUserPassword, passwords.length]);
    expect(pending).toEqual([
      ['****', 0],
      [undefined, 1],
      [undefined, 1],
    ]);
    expect(passwords).toEqual(['new']);
  });

  it('deletes what is not being made, and shows it once more before it is gone', async () => {
    await restore();
    expect((await errorOf(rds.send(new DeleteDBInstanceCommand(deletion)))).name).toBe('InvalidDBInstanceStateFault');
    await statuses(2);
    await rds.send(new DeleteDBInstanceCommand(deletion));
    expect((await look())?.DBInstanceStatus).toBe('deleting');
    expect((await errorOf(look())).name).toBe('DBInstanceNotFoundFault');
    expect(standIn.dbInstances().map(({ identifier }) => identifier)).toEqual(['orders']);
  });

  it('asks IAM for every part that the copy is made of, for its tags, and for the tags of what is changed', async () => {
    await restore();
    await statuses(2);
    await rds.send(reset());
    await rds.send(new DeleteDBInstanceCommand(deletion));
    const arn = (resource: string) => `arn:aws:rds:eu-central-1:111122223333:${resource}`;
    const requests = standIn.requests().filter(({ changing }) => changing);
    const [restored, ...changed] = requests;
    const conditions = { 'aws:RequestTag/mark': 'ours', 'rds:PubliclyAccessible': 'false' };
    expect(restored).toMatchObject({ resource: arn(`db:${COPY}`), conditions });
    expect(restored?.alsoNeeds?.map(({ action, resource }) => [action.replace('rds:', ''), resource])).toEqual([
      ['RestoreDBInstanceFromDBSnapshot', arn(`snapshot:${SNAPSHOT}`)],
      ['RestoreDBInstanceFromDBSnapshot', arn('subgrp:isolated')],
      ['RestoreDBInstanceFromDBSnapshot', arn('pg:own-18')],
      ['RestoreDBInstanceFromDBSnapshot', arn('og:default:postgres-18')],
      ['AddTagsToResource', arn(`db:${COPY}`)],
    ]);
    for (const request of changed)
      expect(request).toMatchObject({ resource: arn(`db:${COPY}`), conditions: { 'aws:ResourceTag/mark': 'ours' } });
    expect(changed).toHaveLength(2);
  });

  it('names what it does not model: a restore that leaves something to RDS, a final snapshot, another change', async () => {
    const messageOf = async (call: Promise<unknown>) => (await errorOf(call)).message;
    const { PubliclyAccessible: _left, ...rest } = parts;
    const asked = { DBInstanceIdentifier: COPY, DBSnapshotIdentifier: SNAPSHOT };
    const less = rds.send(new RestoreDBInstanceFromDBSnapshotCommand({ ...asked, ...rest }));
    expect(await messageOf(less)).toContain('leaving out PubliclyAccessible');
    expect(await messageOf(restore({ Engine: 'postgres' }))).toContain('parameter Engine');
    await restore();
    await statuses(2);
    const kept = rds.send(new DeleteDBInstanceCommand({ ...deletion, SkipFinalSnapshot: false }));
    expect(await messageOf(kept)).toContain('a final snapshot');
    const other = { DBInstanceIdentifier: 'orders', MasterUserPassword: 'x', ApplyImmediately: true };
    expect(await messageOf(rds.send(new ModifyDBInstanceCommand(other)))).toContain('anything but a copy');
    expect(passwords).toEqual([]);
  });
});
