/** Reads the snapshots of one database of RDS, and how far back it could go to a point in time. It describes, and changes nothing. */
import {
  type DBCluster,
  type DBClusterSnapshot,
  type DBInstance,
  type DBSnapshot,
  DescribeDBClustersCommand,
  DescribeDBInstancesCommand,
  paginateDescribeDBClusterSnapshots,
  paginateDescribeDBSnapshots,
  RDSClient,
} from '@aws-sdk/client-rds';
import { CLIENT, namesItsEndpoint } from '../../runtime/aws.ts';
import { describe, RefusalError } from '../../runtime/errors.ts';
import { watchClock } from '../../runtime/store.ts';
import type { SourceOf } from '../contract.ts';
import type { Looked } from '../looked.ts';
import { judgeRds, type RdsFacts } from './decide-rds.ts';
import { type Looking, lookedOf } from './looking.ts';

type RdsSource = SourceOf<'rds-snapshot'>;

const GIB = 2 ** 30;

/** @throws RefusalError when anything cannot be read: an error is never an empty list */
export async function lookAtRdsSnapshots(source: RdsSource, { memory }: Looking): Promise<Looked> {
  const client = namesItsEndpoint(new RDSClient({ ...CLIENT, region: source.region }));
  const clock = watchClock(client);
  try {
    const facts = { database: await readDatabase(client, source), snapshots: await readSnapshots(client, source) };
    return lookedOf(source, judgeRds(facts, source, { memory, now: clock().getTime() }));
  } catch (error) {
    const needs = 'rds:Describe… of the database and of its snapshots';
    const what = `The snapshots of ${source.of} ${source.identifier} in ${source.region}`;
    throw new RefusalError(
      `${what} cannot be read: ${describe(error)}${isForbidden(error) ? ` (this needs ${needs})` : ''}`,
      { cause: error },
    );
  } finally {
    client.destroy();
  }
}

async function readDatabase(client: RDSClient, { of, identifier }: RdsSource): Promise<RdsFacts['database']> {
  try {
    const database: DBInstance | DBCluster | undefined =
      of === 'instance'
        ? (await client.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: identifier }))).DBInstances?.[0]
        : (await client.send(new DescribeDBClustersCommand({ DBClusterIdentifier: identifier }))).DBClusters?.[0];
    if (database === undefined) return undefined;
    const latestRestorable = database.LatestRestorableTime?.getTime();
    return { retentionDays: database.BackupRetentionPeriod ?? 0, latestRestorable };
  } catch (error) {
    // The two are told under different names by different versions of the client.
    if (/^DB(?:Instance|Cluster)NotFound/.test((error as Error).name)) return undefined;
    throw error;
  }
}

async function readSnapshots(client: RDSClient, { of, identifier, type }: RdsSource): Promise<RdsFacts['snapshots']> {
  const read: RdsFacts['snapshots'] = [];
  const config = { client, pageSize: 100 };
  if (of === 'instance') {
    const pages = paginateDescribeDBSnapshots(config, { DBInstanceIdentifier: identifier, SnapshotType: type });
    for await (const page of pages) read.push(...(page.DBSnapshots ?? []).map(ofInstance));
  } else {
    const pages = paginateDescribeDBClusterSnapshots(config, { DBClusterIdentifier: identifier, SnapshotType: type });
    for await (const page of pages) read.push(...(page.DBClusterSnapshots ?? []).map(ofCluster));
  }
  return read;
}

function ofInstance({ DBSnapshotIdentifier: id = 'without a name', Encrypted, ...snapshot }: DBSnapshot) {
  return { id, isEncrypted: Encrypted === true, ...common(snapshot) };
}

function ofCluster({
  DBClusterSnapshotIdentifier: id = 'without a name',
  StorageEncrypted,
  ...snapshot
}: DBClusterSnapshot) {
  return { id, isEncrypted: StorageEncrypted === true, ...common(snapshot) };
}

/** The size is that of the volume: what a snapshot itself takes, RDS does not tell. */
function common({
  SnapshotCreateTime,
  Status,
  AllocatedStorage,
}: Pick<DBSnapshot, 'SnapshotCreateTime' | 'Status' | 'AllocatedStorage'>) {
  return { at: SnapshotCreateTime?.getTime(), status: Status ?? 'unknown', bytes: (AllocatedStorage ?? 0) * GIB };
}

function isForbidden(error: unknown): boolean {
  return (error as Error).name.startsWith('AccessDenied');
}
