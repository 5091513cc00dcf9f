/** Database instances and certificate authorities of RDS, region by region. */
import { randomUUID } from 'node:crypto';
import { arn, type Estate } from './service.ts';
import { createSnapshotStore, type SnapshotStore } from './snapshot-store.ts';

export type DbInstanceToPlant = {
  /** By default the account's. */
  region?: string;
  identifier: string;
  /** `postgres`, `mysql` … */
  engine: string;
  /** Of the authority that signed its server certificate, such as `rds-ca-rsa2048-g1`. */
  caIdentifier: string;
  serverCertificateValidTill: Date;
  endpoint: { host: string; port: number };
  /** By default `postgres`. */
  masterUsername?: string;
  tags?: { key: string; value: string }[];
  /** Of an Aurora cluster, where it is a member of one. */
  clusterIdentifier?: string;
  /** Absent where it has no automated backups. */
  latestRestorableTime?: Date;
  /** 0: it makes no backups of itself. */
  backupRetentionDays?: number;
};

/** What becomes of the instances that are restored from now on. */
export type RestorePlan = {
  /** One for each look at it; the last one stays. */
  statuses: string[];
  endpoint: { host: string; port: number };
  /** For how many looks a new master password is not in force. */
  looksUntilPassword: number;
  setPassword(password: string): Promise<void>;
};

export type Restored = {
  plan: RestorePlan;
  looks: number;
  /** The parameters of the request that made it. */
  asked: Record<string, string>;
  newPassword?: { password: string; looksLeft: number };
};

export type CaToPlant = {
  /** By default the account's. */
  region?: string;
  identifier: string;
  /** SHA-1 of the certificate, 40 hexadecimal digits in lower case. */
  thumbprint: string;
  validFrom: Date;
  validTill: Date;
  /** New instances get this one. */
  isDefault?: boolean;
};

export type DbInstance = DbInstanceToPlant &
  Required<Pick<DbInstanceToPlant, 'region' | 'masterUsername' | 'tags'>> & {
    arn: string;
    resourceId: string;
    status: string;
    looksWhileDeleting: number;
    /** Of those that were made from a backup. */
    restored?: Restored;
  };
export type Ca = Required<CaToPlant> & { arn: string };

export type DatabaseStore = {
  /** And the clusters that some of them are of. */
  snapshots: SnapshotStore;
  createInstance(instance: DbInstanceToPlant): DbInstance;
  createCa(ca: CaToPlant): Ca;
  instances(region: string): DbInstance[];
  removeInstance(instance: DbInstance): void;
  planRestores(plan: RestorePlan): void;
  /** @throws Error where no test has planned one: what an instance would become is not guessed */
  restorePlan(): RestorePlan;
  cas(region: string): Ca[];
};

export function createDatabaseStore(estate: Estate): DatabaseStore {
  const instances: DbInstance[] = [];
  const cas: Ca[] = [];
  let plan: RestorePlan | undefined;
  const snapshots = createSnapshotStore(estate);
  return {
    snapshots,
    createInstance: ({ region = estate.region, ...given }) => {
      // RDS stores its names in lower case.
      const identifier = given.identifier.toLowerCase();
      const resourceId = `db-${randomUUID().replaceAll('-', '').slice(0, 26).toUpperCase()}`;
      const made: DbInstance = {
        masterUsername: 'postgres',
        tags: [],
        ...given,
        region,
        identifier,
        resourceId,
        arn: rdsArn(estate, region, `db:${identifier}`),
        status: 'available',
        looksWhileDeleting: 0,
      };
      instances.push(unlessThere(instances, made));
      return made;
    },
    createCa: ({ region = estate.region, isDefault = false, ...given }) => {
      if (!/^[0-9a-f]{40}$/.test(given.thumbprint)) throw new Error(`no SHA-1 thumbprint: ${given.thumbprint}`);
      // A certificate of RDS belongs to nobody: its ARN has no account.
      const made = { ...given, region, isDefault, arn: `arn:aws:rds:${region}::cert:${given.identifier}` };
      cas.push(unlessThere(cas, made));
      return made;
    },
    instances: (region) => instances.filter((instance) => instance.region === region),
    removeInstance: (instance) => {
      instances.splice(instances.indexOf(instance), 1);
    },
    planRestores: (planned) => {
      plan = planned;
    },
    restorePlan: () => {
      if (plan === undefined) throw new Error('no test has planned what a restored instance becomes');
      return plan;
    },
    cas: (region) => cas.filter((ca) => ca.region === region),
  };
}

function rdsArn(estate: Estate, region: string, resource: string): string {
  return arn({ ...estate, region }, 'rds', resource);
}

/** Two of one name would make a test's answer depend on which of them comes first. */
function unlessThere<Named extends { arn: string }>(all: Named[], made: Named): Named {
  if (all.some((other) => other.arn === made.arn)) throw new Error(`${made.arn} exists already`);
  return made;
}
