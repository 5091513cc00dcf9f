/** One certificate, and what it says. */
import type { X509Certificate } from 'node:crypto';

/** Times are milliseconds since 1970. */
export type Certificate = {
  /** SHA-256 of the whole certificate, 64 hexadecimal digits. */
  fingerprint: string;
  subject: string;
  issuer: string;
  /** The DNS names and addresses that it is for; where it has none, the common name of its subject. */
  names: string[];
  notBefore: number;
  notAfter: number;
  /** Whether it may sign others: by its basic constraints and, where it has one, its key usage. */
  isCa: boolean;
  /** Whether it is signed with its own key. */
  isSelfSigned: boolean;
  key: { type: string; bits: number | undefined };
  /** As OpenSSL spells it, such as `sha256WithRSAEncryption`. */
  signature: string;
};

export function factsOf(x509: X509Certificate, fingerprint: string): Certificate {
  return {
    fingerprint,
    subject: oneLine(x509.subject),
    issuer: oneLine(x509.issuer),
    names: namesOf(x509),
    notBefore: x509.validFromDate.getTime(),
    notAfter: x509.validToDate.getTime(),
    isCa: x509.ca,
    isSelfSigned: x509.subject === x509.issuer && isSignedWith(x509, x509),
    key: keyOf(x509),
    signature: x509.signatureAlgorithm ?? x509.signatureAlgorithmOid,
  };
}

/** A certificate with an empty subject has its names in the extension alone. */
function oneLine(name: string | undefined): string {
  return shown((name ?? '').split('\n').reverse().join(', '));
}

/** Names are text that strangers wrote, and people and chats will read it. No name in DNS is longer. */
function shown(text: string): string {
  return text.replaceAll(/\p{C}/gu, '?').slice(0, 253);
}

/** One that could be mistaken for two stays as Node quotes it. */
function namesOf({ subjectAltName, subject }: X509Certificate): string[] {
  const entries = (subjectAltName ?? '').match(/(?:DNS|IP Address):(?:"(?:[^"\\]|\\.)*"|[^,]*)/g) ?? [];
  const names = entries.map((entry) => shown(entry.slice(entry.indexOf(':') + 1)));
  if (names.length > 0) return names;
  const commonName = /^CN=(.*)$/m.exec(subject ?? '')?.[1];
  return [shown(commonName ?? 'nameless')];
}

const CURVE_BITS: Record<string, number> = {
  secp192r1: 192,
  prime192v1: 192,
  secp224r1: 224,
  prime256v1: 256,
  secp256k1: 256,
  secp384r1: 384,
  secp521r1: 521,
};

/** A key that OpenSSL does not know makes `publicKey` throw. */
function keyOf(x509: X509Certificate): Certificate['key'] {
  try {
    const { asymmetricKeyType = 'unknown', asymmetricKeyDetails: details } = x509.publicKey;
    const curve = details?.namedCurve;
    return { type: asymmetricKeyType, bits: details?.modulusLength ?? curveBits(curve) };
  } catch {
    return { type: 'unknown', bits: undefined };
  }
}

/** Curves that nobody uses for servers carry their size in their name, such as brainpoolP256r1. */
function curveBits(curve: string | undefined): number | undefined {
  if (curve === undefined) return undefined;
  return CURVE_BITS[curve] ?? (Number(/\d{3}/.exec(curve)?.[0]) || undefined);
}

/** The signature alone: one that signs itself need not be allowed to sign. */
export function isSignedWith(issuer: X509Certificate, subject: X509Certificate): boolean {
  try {
    return subject.verify(issuer.publicKey);
  } catch {
    return false;
  }
}
