/** Replication groups of ElastiCache and their snapshots, region by region. */
import type { Estate } from './service.ts';

export type ReplicationGroupToPlant = {
  /** By default the account's. */
  region?: string;
  id: string;
  nodeGroups: string[];
  /** 0: it makes no snapshots of itself. */
  snapshotRetentionDays: number;
};

export type CacheSnapshotToPlant = {
  region?: string;
  name: string;
  replicationGroupId: string;
  /** By default `available`. */
  status?: string;
  source?: 'automated' | 'manual';
  /** A snapshot of a group of one node group may leave its name out. */
  nodes: { nodeGroupId?: string; createdAt: Date; size?: string }[];
};

export type ReplicationGroup = ReplicationGroupToPlant & { region: string };
export type CacheSnapshot = CacheSnapshotToPlant & { region: string; status: string; source: string };

export type CacheStore = {
  createGroup(group: ReplicationGroupToPlant): void;
  createSnapshot(snapshot: CacheSnapshotToPlant): void;
  groups(region: string): ReplicationGroup[];
  snapshots(region: string): CacheSnapshot[];
};

export function createCacheStore(estate: Estate): CacheStore {
  const groups: ReplicationGroup[] = [];
  const snapshots: CacheSnapshot[] = [];
  return {
    createGroup: ({ region = estate.region, ...given }) => {
      groups.push({ ...given, region });
    },
    createSnapshot: ({ region = estate.region, status = 'available', source = 'automated', ...given }) => {
      snapshots.push({ ...given, region, status, source });
    },
    groups: (region) => groups.filter((group) => group.region === region),
    snapshots: (region) => snapshots.filter((snapshot) => snapshot.region === region),
  };
}
