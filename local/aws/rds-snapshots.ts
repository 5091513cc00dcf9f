/** What RDS tells of snapshots and clusters. Nothing here makes or deletes any: tests plant them. */
import { type Asked, notFound, type RdsOperation, readPage, refused } from './rds-operation.ts';
import { arn } from './service.ts';
import type { DbCluster, DbSnapshot } from './snapshot-store.ts';
import { element } from './xml.ts';

const PAGING = ['MaxRecords', 'Marker'];

export const SNAPSHOTS: Record<string, RdsOperation> = {
  DescribeDBSnapshots: {
    parameters: ['DBInstanceIdentifier', 'SnapshotType', ...PAGING],
    changing: false,
    permissions: ({ estate, form }, action) => [
      { action, resource: arn(estate, 'rds', 'snapshot:*') },
      { action, resource: arn(estate, 'rds', `db:${form.get('DBInstanceIdentifier') ?? '*'}`) },
    ],
    run: (asked) => snapshotsXml(asked, { of: 'instance', by: 'DBInstanceIdentifier', name: 'DBSnapshot' }),
  },
  DescribeDBClusterSnapshots: {
    parameters: ['DBClusterIdentifier', 'SnapshotType', ...PAGING],
    changing: false,
    permissions: ({ estate, form }, action) => [
      { action, resource: arn(estate, 'rds', 'cluster-snapshot:*') },
      { action, resource: arn(estate, 'rds', `cluster:${form.get('DBClusterIdentifier') ?? '*'}`) },
    ],
    run: (asked) => snapshotsXml(asked, { of: 'cluster', by: 'DBClusterIdentifier', name: 'DBClusterSnapshot' }),
  },
  DescribeDBClusters: {
    parameters: ['DBClusterIdentifier', ...PAGING],
    changing: false,
    permissions: ({ estate, form }, action) => [
      { action, resource: arn(estate, 'rds', `cluster:${form.get('DBClusterIdentifier') ?? '*'}`) },
    ],
    run: describeClusters,
  },
};

type Kind = { of: DbSnapshot['of']; by: string; name: string };

/** Without a type, RDS leaves out what AWS Backup made and what is shared; only the two that are planted are modelled. */
function snapshotsXml({ form, estate, store }: Asked, { of, by, name }: Kind): string {
  const type = form.get('SnapshotType');
  if (type !== undefined && type !== 'automated' && type !== 'manual')
    throw refused('InvalidParameterValue', `SnapshotType must be automated or manual, not ${type}`);
  const wanted = form.get(by)?.toLowerCase();
  const chosen = store.snapshots
    .snapshots(estate.region, of)
    .filter((snapshot) => snapshot.source === (wanted ?? snapshot.source) && snapshot.type === (type ?? snapshot.type));
  const { items, next } = readPage(chosen, form);
  return `<${name}s>${items.map((snapshot) => snapshotXml(snapshot, { by, name })).join('')}</${name}s>${element('Marker', next)}`;
}

function snapshotXml(snapshot: DbSnapshot, { by, name }: Omit<Kind, 'of'>): string {
  const isCluster = snapshot.of === 'cluster';
  const content = [
    element(`${name}Identifier`, snapshot.identifier),
    element(by, snapshot.source),
    element('SnapshotCreateTime', snapshot.createdAt?.toISOString()),
    element('Status', snapshot.status),
    element('SnapshotType', snapshot.type),
    element('AllocatedStorage', snapshot.storageGb),
    // The two spell it differently.
    element(isCluster ? 'StorageEncrypted' : 'Encrypted', snapshot.encrypted),
  ];
  return `<${name}>${content.join('')}</${name}>`;
}

function describeClusters({ form, estate, store }: Asked): string {
  const wanted = form.get('DBClusterIdentifier')?.toLowerCase();
  const chosen = store.snapshots
    .clusters(estate.region)
    .filter(({ identifier }) => identifier === (wanted ?? identifier));
  if (wanted !== undefined && chosen.length === 0) throw notFound('DBClusterNotFoundFault', `DBCluster ${wanted}`);
  const { items, next } = readPage(chosen, form);
  return `<DBClusters>${items.map(clusterXml).join('')}</DBClusters>${element('Marker', next)}`;
}

function clusterXml({ identifier, backupRetentionDays, latestRestorableTime }: DbCluster): string {
  const content = [
    element('DBClusterIdentifier', identifier),
    element('Status', 'available'),
    element('BackupRetentionPeriod', backupRetentionDays),
    element('LatestRestorableTime', latestRestorableTime?.toISOString()),
  ];
  return `<DBCluster>${content.join('')}</DBCluster>`;
}
