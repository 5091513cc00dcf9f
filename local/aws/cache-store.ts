/** Replication groups and users of ElastiCache and the groups' snapshots, region by region. */
import { type Passwords, type PasswordsToPlant, planted } from './cache-passwords.ts';
import type { Estate } from './service.ts';

export type ReplicationGroupToPlant = {
  /** By default the account's. */
  region?: string;
  id: string;
  nodeGroups: string[];
  /** 0: it makes no snapshots of itself. */
  snapshotRetentionDays: number;
  /** Its AUTH tokens. Absent where it has none. */
  tokens?: PasswordsToPlant;
};

export type CacheUserToPlant = {
  region?: string;
  id: string;
  /** With which it logs in. */
  name: string;
  /** Absent for a user that logs in by IAM. */
  passwords?: PasswordsToPlant;
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

export type ReplicationGroup = Omit<ReplicationGroupToPlant, 'tokens'> & { region: string; tokens?: Passwords };
export type CacheUser = Omit<CacheUserToPlant, 'passwords'> & { region: string; passwords?: Passwords };
export type CacheSnapshot = CacheSnapshotToPlant & { region: string; status: string; source: string };

export type CacheStore = {
  /** These two take the place of what has their id already. */
  createGroup(group: ReplicationGroupToPlant): void;
  createUser(user: CacheUserToPlant): void;
  createSnapshot(snapshot: CacheSnapshotToPlant): void;
  groups(region: string): ReplicationGroup[];
  users(region: string): CacheUser[];
  snapshots(region: string): CacheSnapshot[];
};

export function createCacheStore(estate: Estate): CacheStore {
  const groups: ReplicationGroup[] = [];
  const snapshots: CacheSnapshot[] = [];
  const users: CacheUser[] = [];
  return {
    createGroup: ({ region = estate.region, tokens, ...given }) => {
      inPlace(groups, { ...given, region, ...(tokens && { tokens: planted(tokens) }) });
    },
    createUser: ({ region = estate.region, passwords, ...given }) => {
      inPlace(users, { ...given, region, ...(passwords && { passwords: planted(passwords) }) });
    },
    createSnapshot: ({ region = estate.region, status = 'available', source = 'automated', ...given }) => {
      snapshots.push({ ...given, region, status, source });
    },
    groups: (region) => groups.filter((group) => group.region === region),
    users: (region) => users.filter((user) => user.region === region),
    snapshots: (region) => snapshots.filter((snapshot) => snapshot.region === region),
  };
}

function inPlace<Thing extends { region: string; id: string }>(all: Thing[], made: Thing): void {
  const index = all.findIndex(({ region, id }) => region === made.region && id === made.id);
  if (index < 0) all.push(made);
  else all[index] = made;
}
