/** Certificates as they were met: who signed whom, and for whom they are. */
import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { type Certificate, factsOf, isSignedWith } from './certificate.ts';

/** Certificates as they were met, each parsed once: a thousand endpoints may serve the same few. */
export type Certificates = {
  add(x509: X509Certificate): Certificate;
  /** Whether `issuer` signed `subject`, by names, key identifiers and the signature itself. Asked once of each pair. */
  issued(issuer: Certificate, subject: Certificate): boolean;
  /** Whether it is for this name or address. `by common name` is what clients no longer accept (RFC 9525, section 2). */
  isFor(certificate: Certificate, name: string): 'yes' | 'by common name' | 'no';
};

export function openCertificates(): Certificates {
  const known = new Map<string, Known>();
  const answers = new Map<string, boolean>();
  const x509Of = ({ fingerprint }: Certificate) => {
    const { x509, der } = known.get(fingerprint) ?? {};
    return x509 ?? (der && new X509Certificate(der));
  };
  return {
    add: (x509) => {
      const fingerprint = fingerprintOf(x509);
      const met = known.get(fingerprint) ?? knownOf(x509, fingerprint);
      known.set(fingerprint, met);
      return met.certificate;
    },
    issued: (issuer, subject) => {
      const pair = `${issuer.fingerprint} ${subject.fingerprint}`;
      const answer = answers.get(pair) ?? hasSigned(x509Of(issuer), x509Of(subject));
      answers.set(pair, answer);
      return answer;
    },
    isFor: (certificate, name) => isFor(x509Of(certificate), name),
  };
}

/** What OpenSSL makes of a certificate is ten times its size, so only those that sign others are kept so. */
type Known = { certificate: Certificate; x509?: X509Certificate; der?: Buffer };

function knownOf(x509: X509Certificate, fingerprint: string): Known {
  const certificate = factsOf(x509, fingerprint);
  return { certificate, ...(x509.ca ? { x509 } : { der: x509.raw }) };
}

function fingerprintOf(x509: X509Certificate): string {
  return x509.fingerprint256.replaceAll(':', '').toLowerCase();
}

/** @throws what OpenSSL says of a text without a readable certificate */
export function certificatesIn(pem: string): X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? [];
  return blocks.map((block) => new X509Certificate(block));
}

function hasSigned(issuer: X509Certificate | undefined, subject: X509Certificate | undefined): boolean {
  if (issuer === undefined || subject === undefined) return false;
  return subject.checkIssued(issuer) && isSignedWith(issuer, subject);
}

function isFor(x509: X509Certificate | undefined, name: string): 'yes' | 'by common name' | 'no' {
  if (x509 === undefined) return 'no';
  if (isIP(name) !== 0) return x509.checkIP(name) === undefined ? 'no' : 'yes';
  const partialWildcards = false;
  if (x509.checkHost(name, { subject: 'never', partialWildcards }) !== undefined) return 'yes';
  return x509.checkHost(name, { subject: 'default', partialWildcards }) === undefined ? 'no' : 'by common name';
}
