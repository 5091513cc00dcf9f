/** Snapshots of RDS, of instances and clusters alike, and the clusters themselves, region by region. */
import type { Estate } from './service.ts';

export type DbSnapshotToPlant = {
  /** By default the account's. */
  region?: string;
  identifier: string;
  of: 'instance' | 'cluster';
  /** The instance, or the cluster. */
  source: string;
  type?: 'automated' | 'manual';
  /** By default `available`. */
  status?: string;
  /** Absent while it is being made. */
  createdAt?: Date;
  encrypted?: boolean;
  storageGb?: number;
};

export type DbClusterToPlant = {
  region?: string;
  identifier: string;
  backupRetentionDays: number;
  latestRestorableTime?: Date;
};

export type DbSnapshot = DbSnapshotToPlant &
  Required<Pick<DbSnapshotToPlant, 'region' | 'type' | 'status' | 'encrypted' | 'storageGb'>>;
export type DbCluster = DbClusterToPlant & { region: string };

export type SnapshotStore = {
  createSnapshot(snapshot: DbSnapshotToPlant): void;
  createCluster(cluster: DbClusterToPlant): void;
  snapshots(region: string, of: DbSnapshot['of']): DbSnapshot[];
  clusters(region: string): DbCluster[];
  /** An instance's, as a restore asks for it. */
  restorable(
    region: string,
    identifier: string,
  ): { identifier: string; region: string; instanceIdentifier: string; status: string } | undefined;
};

export function createSnapshotStore(estate: Estate): SnapshotStore {
  const snapshots: DbSnapshot[] = [];
  const clusters: DbCluster[] = [];
  const inRegion = (region: string, of: DbSnapshot['of']) =>
    snapshots.filter((snapshot) => snapshot.region === region && snapshot.of === of);
  return {
    createSnapshot: ({ region = estate.region, type = 'automated', status = 'available', ...given }) => {
      snapshots.push({ encrypted: true, storageGb: 20, ...given, region, type, status });
    },
    createCluster: ({ region = estate.region, ...given }) => {
      clusters.push({ ...given, region });
    },
    snapshots: inRegion,
    clusters: (region) => clusters.filter((cluster) => cluster.region === region),
    restorable: (region, identifier) => {
      const found = inRegion(region, 'instance').find((snapshot) => snapshot.identifier === identifier);
      return found && { identifier, region, instanceIdentifier: found.source, status: found.status };
    },
  };
}
