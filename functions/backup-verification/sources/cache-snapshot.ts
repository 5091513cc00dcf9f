/** Reads the snapshots of one replication group of ElastiCache. It describes, and changes nothing. */
import {
  DescribeReplicationGroupsCommand,
  ElastiCacheClient,
  paginateDescribeSnapshots,
  type Snapshot,
} from '@aws-sdk/client-elasticache';
import { CLIENT, namesItsEndpoint } from '../../runtime/aws.ts';
import { describe, RefusalError } from '../../runtime/errors.ts';
import { watchClock } from '../../runtime/store.ts';
import type { SourceOf } from '../contract.ts';
import type { Looked } from '../looked.ts';
import { type CacheFacts, judgeCache } from './decide-cache.ts';
import { type Looking, lookedOf } from './looking.ts';

type CacheSource = SourceOf<'cache-snapshot'>;

/** ElastiCache gives no more at once. */
const PAGE_SIZE = 50;

/** @throws RefusalError when anything cannot be read: an error is never an empty list */
export async function lookAtCacheSnapshots(source: CacheSource, { memory }: Looking): Promise<Looked> {
  const { replicationGroupId, region } = source;
  const client = namesItsEndpoint(new ElastiCacheClient({ ...CLIENT, region }));
  const clock = watchClock(client);
  try {
    const group = await readGroup(client, replicationGroupId);
    const snapshots = await readSnapshots(client, replicationGroupId);
    return lookedOf(source, judgeCache({ group, snapshots }, source, { memory, now: clock().getTime() }));
  } catch (error) {
    const needs = 'elasticache:DescribeReplicationGroups and elasticache:DescribeSnapshots';
    const what = `The snapshots of ${replicationGroupId} in ${region}`;
    throw new RefusalError(
      `${what} cannot be read: ${describe(error)}${isForbidden(error) ? ` (this needs ${needs})` : ''}`,
      { cause: error },
    );
  } finally {
    client.destroy();
  }
}

async function readGroup(client: ElastiCacheClient, id: string): Promise<CacheFacts['group']> {
  try {
    const answer = await client.send(new DescribeReplicationGroupsCommand({ ReplicationGroupId: id }));
    const [group] = answer.ReplicationGroups ?? [];
    if (group === undefined) return undefined;
    const nodeGroups = (group.NodeGroups ?? []).flatMap(({ NodeGroupId }) => NodeGroupId ?? []);
    return { nodeGroups, retentionDays: group.SnapshotRetentionLimit ?? 0 };
  } catch (error) {
    if ((error as Error).name === 'ReplicationGroupNotFoundFault') return undefined;
    throw error;
  }
}

async function readSnapshots(client: ElastiCacheClient, id: string): Promise<CacheFacts['snapshots']> {
  const read: CacheFacts['snapshots'] = [];
  const pages = paginateDescribeSnapshots({ client, pageSize: PAGE_SIZE }, { ReplicationGroupId: id });
  for await (const page of pages) read.push(...(page.Snapshots ?? []).map(snapshotOf));
  return read;
}

/** A node without a time is only just being written. */
function snapshotOf({ SnapshotName, SnapshotStatus, NodeSnapshots = [] }: Snapshot): CacheFacts['snapshots'][number] {
  const nodes = NodeSnapshots.flatMap(({ NodeGroupId, SnapshotCreateTime, CacheSize }) =>
    SnapshotCreateTime === undefined
      ? []
      : [{ nodeGroup: NodeGroupId, at: SnapshotCreateTime.getTime(), bytes: bytesIn(CacheSize) }],
  );
  return { name: SnapshotName ?? 'without a name', status: SnapshotStatus ?? 'unknown', nodes };
}

const UNITS: Record<string, number> = { B: 1, KB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 };

/** As in `1 MB`; 0 where it is not told. */
function bytesIn(size = ''): number {
  const [, count = '0', unit = 'B'] = /^([\d.]+)\s*([KMGT]?B)$/i.exec(size.trim()) ?? [];
  return Number(count) * (UNITS[unit.toUpperCase()] ?? 1);
}

function isForbidden(error: unknown): boolean {
  return (error as Error).name.startsWith('AccessDenied');
}
