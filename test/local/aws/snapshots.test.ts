import {
  DescribeReplicationGroupsCommand,
  DescribeSnapshotsCommand,
  ElastiCacheClient,
} from '@aws-sdk/client-elasticache';
import {
  DescribeDBClusterSnapshotsCommand,
  DescribeDBClustersCommand,
  DescribeDBSnapshotsCommand,
  RDSClient,
} from '@aws-sdk/client-rds';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type StandIn, startStandIn } from '../../../local/aws/stand-in.ts';
import { clientSettings, errorOf } from './clients.ts';

const AT = new Date('2026-11-20T02:00:00.000Z');

let standIn: StandIn;
beforeEach(async () => {
  standIn = await startStandIn();
});
afterEach(() => standIn.stop());

describe('the stand-in for snapshots of RDS', () => {
  let rds: RDSClient;
  beforeEach(() => {
    rds = new RDSClient(clientSettings(standIn, 'tester'));
  });

  it('tells those of one instance and type, and a cluster’s apart from them', async () => {
    const common = { source: 'orders', createdAt: AT };
    standIn.createDbSnapshot({ identifier: 'a', of: 'instance', ...common });
    standIn.createDbSnapshot({ identifier: 'm', of: 'instance', type: 'manual', encrypted: false, ...common });
    standIn.createDbSnapshot({ identifier: 'c', of: 'cluster', ...common });
    standIn.createDbSnapshot({ identifier: 'far', of: 'instance', region: 'eu-west-1', ...common });
    const asked = { DBInstanceIdentifier: 'orders', SnapshotType: 'manual' };
    const { DBSnapshots } = await rds.send(new DescribeDBSnapshotsCommand(asked));
    expect(DBSnapshots).toEqual([
      {
        ...{ DBSnapshotIdentifier: 'm', DBInstanceIdentifier: 'orders', SnapshotCreateTime: AT, Status: 'available' },
        ...{ SnapshotType: 'manual', AllocatedStorage: 20, Encrypted: false },
      },
    ]);
    const { DBClusterSnapshots } = await rds.send(new DescribeDBClusterSnapshotsCommand({}));
    expect(DBClusterSnapshots).toMatchObject([{ DBClusterSnapshotIdentifier: 'c', StorageEncrypted: true }]);
    const shared = rds.send(new DescribeDBSnapshotsCommand({ SnapshotType: 'shared' }));
    expect(await errorOf(shared)).toMatchObject({ name: 'InvalidParameterValue', status: 400 });
  });

  it('tells a cluster, and that there is none of a name', async () => {
    standIn.createDbCluster({ identifier: 'orders', backupRetentionDays: 7, latestRestorableTime: AT });
    const ask = (id: string) => rds.send(new DescribeDBClustersCommand({ DBClusterIdentifier: id }));
    expect((await ask('orders')).DBClusters).toMatchObject([{ BackupRetentionPeriod: 7, LatestRestorableTime: AT }]);
    expect(await errorOf(ask('none'))).toMatchObject({
      name: expect.stringMatching(/^DBClusterNotFound/),
      status: 404,
    });
  });
});

describe('the stand-in for ElastiCache', () => {
  let cache: ElastiCacheClient;
  beforeEach(() => {
    cache = new ElastiCacheClient(clientSettings(standIn, 'tester'));
    standIn.createReplicationGroup({ id: 'cart', nodeGroups: ['0001', '0002'], snapshotRetentionDays: 3 });
  });

  it('tells a replication group’s node groups, and that there is none of a name', async () => {
    const ask = (id: string) => cache.send(new DescribeReplicationGroupsCommand({ ReplicationGroupId: id }));
    expect((await ask('cart')).ReplicationGroups).toMatchObject([
      {
        ReplicationGroupId: 'cart',
        SnapshotRetentionLimit: 3,
        NodeGroups: [{ NodeGroupId: '0001' }, { NodeGroupId: '0002' }],
      },
    ]);
    expect(await errorOf(ask('none'))).toMatchObject({ name: 'ReplicationGroupNotFoundFault', status: 404 });
  });

  it('tells snapshots fifty at a time, with a marker for the next, and no more at once', async () => {
    for (let n = 0; n < 60; n += 1) {
      const nodes = [{ nodeGroupId: '0001', createdAt: AT, size: '2 GB' }];
      standIn.createCacheSnapshot({ name: `s${n}`, replicationGroupId: n === 0 ? 'other' : 'cart', nodes });
    }
    const first = await cache.send(new DescribeSnapshotsCommand({ ReplicationGroupId: 'cart' }));
    expect(first.Snapshots).toHaveLength(50);
    expect(first.Snapshots?.[0]).toMatchObject({
      SnapshotName: 's1',
      SnapshotStatus: 'available',
      NodeSnapshots: [{ CacheSize: '2 GB', SnapshotCreateTime: AT }],
    });
    const second = await cache.send(new DescribeSnapshotsCommand({ ReplicationGroupId: 'cart', Marker: first.Marker }));
    expect([second.Snapshots?.length, second.Marker]).toEqual([9, undefined]);
    expect(await errorOf(cache.send(new DescribeSnapshotsCommand({ MaxRecords: 51 })))).toMatchObject({
      name: 'InvalidParameterValueException',
    });
  });
});
