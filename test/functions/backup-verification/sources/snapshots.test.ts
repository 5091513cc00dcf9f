import { beforeEach, describe, expect, it } from 'vitest';
import { lookAtCacheSnapshots } from '../../../../functions/backup-verification/sources/cache-snapshot.ts';
import { lookAtRdsSnapshots } from '../../../../functions/backup-verification/sources/rds-snapshot.ts';
import { DAY, HOUR, LOOKING, sourceOf, told, usePlanting } from './planting.ts';

const { account, ago } = usePlanting();
const REGION = 'eu-central-1';
const SCHEDULE = { everyHours: 24, keepDays: 7 };
let id: string;
let tests = 0;
beforeEach(() => {
  tests += 1;
  id = `orders-${tests}`;
});

describe('snapshots of RDS', () => {
  const look = (more: object = {}) =>
    lookAtRdsSnapshots(
      sourceOf('rds-snapshot', { region: REGION, identifier: id, of: 'instance', schedule: SCHEDULE, ...more }),
      LOOKING,
    );
  const plantInstance = (more: object = {}) =>
    account.aws.createDbInstance({
      identifier: id,
      engine: 'postgres',
      caIdentifier: 'rds-ca-rsa2048-g1',
      serverCertificateValidTill: ago(-900 * DAY),
      endpoint: { host: id, port: 5432 },
      backupRetentionDays: 7,
      latestRestorableTime: ago(4 * 60_000),
      ...more,
    });
  const plant = (days: number, more: object = {}) =>
    account.aws.createDbSnapshot({
      identifier: `rds:${id}-${days}`,
      of: 'instance',
      source: id,
      createdAt: ago(days * DAY + HOUR),
      ...more,
    });
  const plantWeek = (more: object = {}) => {
    for (let days = 0; days < 7; days += 1) plant(days, more);
  };

  it('are in order where one was made each day, and any point up to now can be restored', async () => {
    plantInstance();
    plantWeek();
    const looked = await look();
    expect(told(looked)).toEqual([]);
    expect(looked).toMatchObject({ kind: 'rds-snapshot', examined: 7 });
    expect(looked.backups).toHaveLength(7);
    expect(Date.parse(looked.recoveryPoint ?? '')).toBeGreaterThan(ago(5 * 60_000).getTime());
  });

  it('of a cluster are read as a cluster’s', async () => {
    account.aws.createDbCluster({ identifier: id, backupRetentionDays: 7, latestRestorableTime: ago(HOUR) });
    plantWeek({ of: 'cluster' });
    plant(0, { identifier: 'an instance’s', encrypted: false });
    const looked = await look({ of: 'cluster' });
    expect(told(looked)).toEqual([]);
    expect(looked.examined).toBe(7);
  });

  it('that somebody makes by hand are as new as the newest of them', async () => {
    plantInstance();
    plantWeek({ type: 'manual' });
    const looked = await look({ type: 'manual' });
    expect(told(looked)).toEqual([]);
    expect(looked.recoveryPoint?.slice(0, 13)).toBe(ago(HOUR).toISOString().slice(0, 13));
    expect(told(await look())).toEqual([['nightly: newest', 'critical', 'there is no backup']]);
  });

  it('of 250 are all read, over pages', async () => {
    plantInstance();
    for (let n = 0; n < 250; n += 1) plant(n / 100, { identifier: `s${n}` });
    expect((await look()).examined).toBe(250);
  });

  it('that failed, or are not encrypted, are told; one that is being made is not', async () => {
    plantInstance();
    plantWeek();
    plant(0, { identifier: 'making', status: 'creating', createdAt: undefined });
    expect(told(await look())).toEqual([]);
    plant(1, { identifier: 'torn', status: 'failed' });
    plant(1, { identifier: 'open', encrypted: false });
    const looked = await look();
    expect(told(looked)).toEqual([
      ['nightly: encryption', 'warning', 'not encrypted: open'],
      ['nightly: status', 'warning', 'not every snapshot can be used: torn is failed'],
    ]);
    expect(looked.backups.find(({ name }) => name === 'torn')?.state).toBe('bad');
    expect(told(await look({ mayBeUnencrypted: true })).map(([target]) => target)).toEqual(['nightly: status']);
  });

  it.each([
    [3, 'warning', 'are kept for 3 days'],
    [0, 'critical', 'are switched off'],
  ])('kept for %i days are told', async (backupRetentionDays, severity, what) => {
    plantInstance({ backupRetentionDays, latestRestorableTime: undefined });
    plantWeek();
    expect(told(await look())).toEqual([['nightly: retention period', severity, expect.stringContaining(what)]]);
  });

  it('that are late, or that should be gone, are told', async () => {
    plantInstance();
    for (const days of [2, 11]) plant(days);
    const found = told(await look());
    expect(found.map(([target, severity]) => [target, severity])).toEqual([
      ['nightly: missing backups', 'warning'],
      ['nightly: old backups', 'warning'],
      ['nightly: schedule', 'critical'],
    ]);
  });

  it('are told of where the database is gone: they are then all there is', async () => {
    plantWeek();
    const looked = await look();
    expect(told(looked)).toEqual([['nightly: instance', 'critical', `there is no instance ${id} in ${REGION}`]]);
    expect(looked.recoveryPoint?.slice(0, 13)).toBe(ago(HOUR).toISOString().slice(0, 13));
    expect(told(await look({ of: 'cluster' })).map(([target]) => target)).toEqual([
      'nightly: cluster',
      'nightly: newest',
    ]);
  });

  it('F57 that cannot be read are a refusal', async () => {
    plantInstance();
    plantWeek();
    for (const operation of ['rds:DescribeDBInstances', 'rds:DescribeDBSnapshots']) {
      account.aws.faults.clear();
      account.aws.faults.fail(operation, { code: 'AccessDenied', status: 403 }, 1);
      await expect(look()).rejects.toMatchObject({ name: 'RefusalError', message: expect.stringContaining(id) });
    }
  });
});

describe('snapshots of ElastiCache', () => {
  const look = () =>
    lookAtCacheSnapshots(
      sourceOf('cache-snapshot', { region: REGION, replicationGroupId: id, schedule: SCHEDULE }),
      LOOKING,
    );
  const GROUPS = ['0001', '0002', '0003'];
  const plantGroup = (more: object = {}) =>
    account.aws.createReplicationGroup({ id, nodeGroups: GROUPS, snapshotRetentionDays: 7, ...more });
  const plant = (
    days: number,
    { groups = GROUPS, ...more }: { groups?: string[]; name?: string; status?: string } = {},
  ) =>
    account.aws.createCacheSnapshot({
      name: `automatic.${id}-${days}`,
      replicationGroupId: id,
      nodes: groups.map((nodeGroupId, n) => ({ nodeGroupId, createdAt: ago(days * DAY + HOUR - n * 60_000) })),
      ...more,
    });
  const plantWeek = () => {
    for (let days = 0; days < 7; days += 1) plant(days);
  };

  it('are in order where one of every node group was made each day, and as old as their oldest part', async () => {
    plantGroup();
    plantWeek();
    const looked = await look();
    expect(told(looked)).toEqual([]);
    expect(looked).toMatchObject({ protects: 'cache', examined: 7 });
    expect(looked.recoveryPoint?.slice(0, 16)).toBe(ago(HOUR).toISOString().slice(0, 16));
    expect(looked.backups.at(-1)?.bytes).toBe(3_000_000);
  });

  it('of 120 are all read, over pages', async () => {
    plantGroup();
    for (let n = 0; n < 120; n += 1) plant(n / 100, { name: `s${n}` });
    expect((await look()).examined).toBe(120);
  });

  it('one without a node group is critical, and brings nothing back', async () => {
    plantGroup();
    for (let days = 1; days < 7; days += 1) plant(days);
    plant(0, { groups: ['0001', '0003'] });
    const looked = await look();
    expect(told(looked)).toEqual([
      ['nightly: newest', 'critical', expect.stringContaining('does not have node group 0002')],
    ]);
    expect(looked.backups.at(-1)?.state).toBe('bad');
    expect(looked.recoveryPoint?.slice(0, 13)).toBe(
      ago(DAY + HOUR)
        .toISOString()
        .slice(0, 13),
    );
  });

  it('that failed, or are switched off, or of a group that is gone, are told', async () => {
    plantWeek();
    plant(0, { name: 'torn', status: 'failed' });
    expect(told(await look()).map(([target]) => target)).toEqual(['nightly: replication group', 'nightly: status']);
    plantGroup({ snapshotRetentionDays: 0 });
    expect(told(await look()).map(([target]) => target)).toEqual(['nightly: retention period', 'nightly: status']);
  });

  it('of a group of one node group need not name it', async () => {
    plantGroup({ nodeGroups: ['0001'] });
    account.aws.createCacheSnapshot({ name: 'one', replicationGroupId: id, nodes: [{ createdAt: ago(HOUR) }] });
    expect(told(await look())).toEqual([]);
  });

  it('none at all is critical', async () => {
    plantGroup();
    expect(told(await look())).toEqual([['nightly: newest', 'critical', 'there is no backup']]);
  });

  it('F57 that cannot be read are a refusal', async () => {
    plantGroup();
    for (const operation of ['elasticache:DescribeReplicationGroups', 'elasticache:DescribeSnapshots']) {
      account.aws.faults.clear();
      account.aws.faults.fail(operation, { code: 'AccessDenied', status: 403 }, 1);
      await expect(look()).rejects.toMatchObject({ name: 'RefusalError', message: expect.stringContaining(id) });
    }
  });
});
