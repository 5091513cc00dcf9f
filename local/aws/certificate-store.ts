/** The certificates that ACM keeps, region by region. */
import { randomUUID, X509Certificate } from 'node:crypto';
import { arn, type Estate } from './service.ts';
import { ServiceError } from './service-error.ts';

type Renewal = {
  status: 'PENDING_AUTO_RENEWAL' | 'PENDING_VALIDATION' | 'SUCCESS' | 'FAILED';
  /** ACM's own word, such as `CAA_ERROR`. */
  reason?: string;
};

export type CertificateToPlant = {
  /** By default the account's. */
  region?: string;
  pem: string;
  /** The intermediates, one PEM after the other; a self-signed certificate has none. */
  chainPem?: string;
  /** ARNs of the load balancers, distributions and the like that use it. */
  inUseBy?: string[];
  /** ACM renews only what it issued itself: with a renewal, the certificate is no imported one. */
  renewal?: Renewal;
  /** By default ISSUED, and EXPIRED from its last day on. */
  status?: 'ISSUED' | 'EXPIRED' | 'PENDING_VALIDATION';
};

export type StoredCertificate = CertificateToPlant & {
  region: string;
  arn: string;
  x509: X509Certificate;
  inUseBy: string[];
  createdAt: Date;
};

export type CertificateStore = {
  create(certificate: CertificateToPlant): StoredCertificate;
  all(region: string): StoredCertificate[];
  /** Throws InvalidArnException, or ResourceNotFoundException where that region has none of this ARN. */
  find(region: string, certificateArn: string): StoredCertificate;
};

const ARN = /^arn:aws:acm:[\w-]+:\d{12}:certificate\/[\w-]+$/;

export function createCertificateStore(estate: Estate): CertificateStore {
  const certificates: StoredCertificate[] = [];
  const all = (region: string) => certificates.filter((certificate) => certificate.region === region);
  return {
    create: ({ region = estate.region, inUseBy = [], ...given }) => {
      const certificateArn = arn({ ...estate, region }, 'acm', `certificate/${randomUUID()}`);
      const known = { region, inUseBy, arn: certificateArn, createdAt: estate.clock.now() };
      const stored = { ...given, ...known, x509: new X509Certificate(given.pem) };
      certificates.push(stored);
      return stored;
    },
    all,
    find: (region, certificateArn) => {
      if (!ARN.test(certificateArn)) throw refuse('InvalidArnException', `invalid arn ${certificateArn}`);
      const found = all(region).find((certificate) => certificate.arn === certificateArn);
      if (found === undefined) throw refuse('ResourceNotFoundException', `could not find ${certificateArn}`);
      return found;
    },
  };
}

function refuse(code: string, message: string): ServiceError {
  return new ServiceError({ code, status: 400 }, message);
}
