/** How ACM tells of a certificate, in a list and in full. */
import type { StoredCertificate } from './certificate-store.ts';
import { epochSeconds, type JsonObject } from './json-protocol.ts';

const MAX_NAMES_IN_LIST = 100;

export function certificateSummary(certificate: StoredCertificate, now: Date): JsonObject {
  const names = namesOf(certificate);
  return {
    ...common(certificate, now),
    SubjectAlternativeNameSummaries: names.slice(0, MAX_NAMES_IN_LIST),
    HasAdditionalSubjectAlternativeNames: names.length > MAX_NAMES_IN_LIST,
    InUse: certificate.inUseBy.length > 0,
  };
}

export function certificateDetail(certificate: StoredCertificate, now: Date): JsonObject {
  const issued = { Serial: serial(certificate), Issuer: commonName(certificate.x509.issuer) };
  return {
    ...common(certificate, now),
    SubjectAlternativeNames: namesOf(certificate),
    Subject: certificate.x509.subject.replaceAll('\n', ','),
    InUseBy: certificate.inUseBy,
    ...(certificate.status === 'PENDING_VALIDATION' ? {} : issued),
    ...renewalSummary(certificate),
  };
}

/** As `Includes.keyTypes` names it. */
export function keyType({ x509 }: StoredCertificate): string {
  const { asymmetricKeyType, asymmetricKeyDetails } = x509.publicKey;
  return asymmetricKeyType === 'rsa'
    ? `RSA_${asymmetricKeyDetails?.modulusLength}`
    : `EC_${asymmetricKeyDetails?.namedCurve}`;
}

export function statusOf({ status, x509 }: StoredCertificate, now: Date): string {
  return status ?? (x509.validToDate < now ? 'EXPIRED' : 'ISSUED');
}

function common(certificate: StoredCertificate, now: Date): JsonObject {
  const isImported = certificate.renewal === undefined;
  const isUsed = certificate.inUseBy.length > 0;
  return {
    CertificateArn: certificate.arn,
    DomainName: namesOf(certificate)[0],
    Status: statusOf(certificate, now),
    Type: isImported ? 'IMPORTED' : 'AMAZON_ISSUED',
    // With a hyphen in the answers, though filters are written with an underscore.
    KeyAlgorithm: keyType(certificate).replace('_', '-'),
    RenewalEligibility: !isImported && isUsed ? 'ELIGIBLE' : 'INELIGIBLE',
    CreatedAt: epochSeconds(certificate.createdAt),
    ...validity(certificate),
  };
}

/** What is not issued yet has no days. */
function validity({ status, x509 }: StoredCertificate): JsonObject {
  if (status === 'PENDING_VALIDATION') return {};
  return { NotBefore: epochSeconds(x509.validFromDate), NotAfter: epochSeconds(x509.validToDate) };
}

function renewalSummary({ renewal, createdAt, x509 }: StoredCertificate): JsonObject {
  if (renewal === undefined) return {};
  const ValidationStatus = renewal.status === 'PENDING_AUTO_RENEWAL' ? 'PENDING_VALIDATION' : renewal.status;
  const validation = { DomainName: commonName(x509.subject), ValidationStatus, ValidationMethod: 'DNS' };
  const reason = renewal.reason === undefined ? {} : { RenewalStatusReason: renewal.reason };
  const told = { RenewalStatus: renewal.status, UpdatedAt: epochSeconds(createdAt), ...reason };
  return { RenewalSummary: { ...told, DomainValidationOptions: [validation] } };
}

function namesOf({ x509 }: StoredCertificate): string[] {
  const names = [...(x509.subjectAltName ?? '').matchAll(/DNS:([^,\s]+)/g)].map(([, name]) => name ?? '');
  return names.length > 0 ? names : [commonName(x509.subject)];
}

function commonName(distinguishedName: string): string {
  return /^CN=(.*)$/m.exec(distinguishedName)?.[1] ?? '';
}

/** Pairs of hexadecimal digits, with colons between them. */
function serial({ x509 }: StoredCertificate): string {
  return (x509.serialNumber.toLowerCase().match(/../g) ?? []).join(':');
}
