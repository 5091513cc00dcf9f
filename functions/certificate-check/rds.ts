/** The one place that talks to RDS. It describes, and changes nothing. */
import {
  type Certificate,
  type DBInstance,
  paginateDescribeCertificates,
  paginateDescribeDBInstances,
  RDSClient,
} from '@aws-sdk/client-rds';
import { CLIENT, namesItsEndpoint } from '../runtime/aws.ts';
import { describe, RefusalError } from '../runtime/errors.ts';
import type { Authority, Databases, Instance } from './database-ca.ts';

/** @throws RefusalError when anything cannot be read: an error is never an empty list */
export function readDatabases(regions: string[]): Promise<Databases[]> {
  return Promise.all([...new Set(regions)].map(readRegion));
}

async function readRegion(region: string): Promise<Databases> {
  const client = namesItsEndpoint(new RDSClient({ ...CLIENT, region }));
  const read: Databases = { region, instances: [], authorities: [], defaultCa: undefined };
  try {
    for await (const page of paginateDescribeCertificates({ client, pageSize: 100 }, {})) {
      read.authorities.push(...(page.Certificates ?? []).flatMap(authorityOf));
      read.defaultCa ??= page.DefaultCertificateForNewLaunches;
    }
    for await (const page of paginateDescribeDBInstances({ client, pageSize: 100 }, {})) {
      read.instances.push(...(page.DBInstances ?? []).flatMap((instance) => instanceOf(instance, region)));
    }
    return read;
  } catch (error) {
    throw new RefusalError(`The databases of RDS in ${region} cannot be read: ${describe(error)}`, { cause: error });
  } finally {
    client.destroy();
  }
}

function authorityOf({ CertificateIdentifier, Thumbprint, ValidTill }: Certificate): Authority[] {
  if (CertificateIdentifier === undefined || Thumbprint === undefined || ValidTill === undefined) return [];
  const thumbprint = Thumbprint.replaceAll(':', '').toLowerCase();
  return [{ id: CertificateIdentifier, thumbprint, until: ValidTill.getTime() }];
}

/** An instance without a CA is being made, or is of an engine that has no TLS of RDS's. */
function instanceOf(instance: DBInstance, region: string): Instance[] {
  const {
    DBInstanceIdentifier: id,
    CACertificateIdentifier,
    CertificateDetails,
    PendingModifiedValues,
    Endpoint,
  } = instance;
  const ca = CertificateDetails?.CAIdentifier ?? CACertificateIdentifier;
  if (id === undefined || ca === undefined) return [];
  return [
    {
      id,
      region,
      endpoint: Endpoint?.Address === undefined ? undefined : `${Endpoint.Address}:${Endpoint.Port}`,
      ca,
      pendingCa: PendingModifiedValues?.CACertificateIdentifier,
      serverUntil: CertificateDetails?.ValidTill?.getTime(),
    },
  ];
}
