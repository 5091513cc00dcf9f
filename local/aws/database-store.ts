/** Database instances and certificate authorities of RDS, region by region. */
import { randomUUID } from 'node:crypto';
import { arn, type Estate } from './service.ts';

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

export type DbInstance = Required<DbInstanceToPlant> & { arn: string; resourceId: string };
export type Ca = Required<CaToPlant> & { arn: string };

export type DatabaseStore = {
  createInstance(instance: DbInstanceToPlant): DbInstance;
  createCa(ca: CaToPlant): Ca;
  instances(region: string): DbInstance[];
  cas(region: string): Ca[];
};

export function createDatabaseStore(estate: Estate): DatabaseStore {
  const instances: DbInstance[] = [];
  const cas: Ca[] = [];
  return {
    createInstance: ({ region = estate.region, ...given }) => {
      // RDS stores its names in lower case.
      const identifier = given.identifier.toLowerCase();
      const resourceId = `db-${randomUUID().replaceAll('-', '').slice(0, 26).toUpperCase()}`;
      const made = { ...given, region, identifier, resourceId, arn: rdsArn(estate, region, `db:${identifier}`) };
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
