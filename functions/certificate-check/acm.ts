/** The one place that talks to ACM. It reads certificates, never keys. */
import { createHash } from 'node:crypto';
import {
  ACMClient,
  type CertificateDetail,
  CertificateKeyPairOrigin,
  CertificateStatus,
  type CertificateSummary,
  DescribeCertificateCommand,
  GetCertificateCommand,
  KeyAlgorithm,
  type ListCertificatesCommandInput,
  paginateListCertificates,
  ResourceNotFoundException,
} from '@aws-sdk/client-acm';
import { CLIENT, namesItsEndpoint } from '../runtime/aws.ts';
import { describe, RefusalError } from '../runtime/errors.ts';
import type { Issued } from './issued.ts';
import { openSlots } from './slots.ts';

/** CloudFront keeps its certificates there, wherever the system is. */
const CLOUDFRONT_REGION = 'us-east-1';

/** ACM allows ten of each request in a second; the SDK waits and tries again beyond that. */
const AT_ONCE = 4;

/** What was issued once. The others have no certificate to look at. */
const STATUSES = [
  CertificateStatus.ISSUED,
  CertificateStatus.INACTIVE,
  CertificateStatus.EXPIRED,
  CertificateStatus.REVOKED,
];

/** Left out, ACM lists RSA keys of 1024 and 2048 bits only, and none that came by ACME. */
const EVERY_ONE: ListCertificatesCommandInput = {
  CertificateStatuses: STATUSES,
  CertificateKeyPairOrigins: Object.values(CertificateKeyPairOrigin),
  Includes: { keyTypes: Object.values(KeyAlgorithm) },
};

/** @throws RefusalError when anything cannot be read: an error is never an empty list */
export async function readIssued(regions: string[]): Promise<Issued[]> {
  const all = [...new Set([...regions, CLOUDFRONT_REGION])];
  return (await Promise.all(all.map((region) => readRegion(region)))).flat();
}

async function readRegion(region: string): Promise<Issued[]> {
  const client = namesItsEndpoint(new ACMClient({ ...CLIENT, region }));
  const slots = openSlots(AT_ONCE);
  try {
    const summaries: CertificateSummary[] = [];
    for await (const page of paginateListCertificates({ client, pageSize: 100 }, EVERY_ONE)) {
      summaries.push(...(page.CertificateSummaryList ?? []));
    }
    const read = summaries.map(({ CertificateArn = '' }) => slots(() => readOne(client, CertificateArn)));
    return (await Promise.all(read)).filter((issued) => issued !== undefined);
  } catch (error) {
    throw new RefusalError(`The certificates in ACM in ${region} cannot be read: ${describe(error)}`, { cause: error });
  } finally {
    client.destroy();
  }
}

/** Undefined where it was deleted since it was listed. */
async function readOne(client: ACMClient, arn: string): Promise<Issued | undefined> {
  try {
    const { Certificate: detail = {} } = await client.send(new DescribeCertificateCommand({ CertificateArn: arn }));
    const { Certificate: pem = '' } = await client.send(new GetCertificateCommand({ CertificateArn: arn }));
    return issuedOf(arn, detail, pem);
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}

function issuedOf(arn: string, detail: CertificateDetail, pem: string): Issued {
  if (detail.NotBefore === undefined || detail.NotAfter === undefined) throw new Error(`${arn} has no times`);
  return {
    arn,
    names: [...new Set([detail.DomainName ?? 'nameless', ...(detail.SubjectAlternativeNames ?? [])])],
    issuer: detail.Issuer ?? 'unknown',
    fingerprint: fingerprintOf(pem),
    notBefore: detail.NotBefore.getTime(),
    notAfter: detail.NotAfter.getTime(),
    status: detail.Status ?? 'unknown',
    inUseBy: detail.InUseBy ?? [],
    renewal: detail.RenewalSummary?.RenewalStatus,
  };
}

/** As certificate.ts has it, without parsing what ACM has parsed already. */
function fingerprintOf(pem: string): string {
  const base64 = /-----BEGIN CERTIFICATE-----([\s\S]+?)-----END CERTIFICATE-----/.exec(pem)?.[1];
  if (base64 === undefined) throw new Error('ACM gave no certificate in PEM');
  return createHash('sha256').update(Buffer.from(base64, 'base64')).digest('hex');
}
