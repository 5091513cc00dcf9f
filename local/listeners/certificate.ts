/** One certificate, signed on the spot. */
import { webcrypto } from 'node:crypto';
import 'reflect-metadata';
import * as x509 from '@peculiar/x509';

export type KeyPair = webcrypto.CryptoKeyPair;
export type KeyKind = 'EC P-256' | 'RSA 1024';
export type Hash = 'SHA-256' | 'SHA-1';

export type Certified = { certificate: x509.X509Certificate; keys: KeyPair };

export type CertificateOrder = {
  /** The common name, and for a server its only DNS name. */
  name: string;
  notBefore: Date;
  notAfter: Date;
  keys: KeyPair;
  /** Whose key, an EC one, signs it; without, its own does. */
  issuer?: Certified;
  /** Of the signature. */
  hash?: Hash;
  isAuthority?: boolean;
};

const EC = { name: 'ECDSA', namedCurve: 'P-256' };
const RSA_1024 = {
  name: 'RSASSA-PKCS1-v1_5',
  hash: 'SHA-256',
  modulusLength: 1024,
  publicExponent: new Uint8Array([1, 0, 1]),
};

export async function makeKeys(kind: KeyKind = 'EC P-256'): Promise<KeyPair> {
  return webcrypto.subtle.generateKey(kind === 'EC P-256' ? EC : RSA_1024, true, ['sign', 'verify']);
}

export async function sign(order: CertificateOrder): Promise<Certified> {
  const { name, notBefore, notAfter, keys, issuer, hash = 'SHA-256', isAuthority = false } = order;
  const subject = `CN=${name}`;
  const certificate = await x509.X509CertificateGenerator.create({
    notBefore,
    notAfter,
    subject,
    issuer: issuer?.certificate.subject ?? subject,
    publicKey: keys.publicKey,
    signingKey: (issuer?.keys ?? keys).privateKey,
    signingAlgorithm: { ...EC, hash },
    extensions: [
      ...(isAuthority ? authorityExtensions() : serverExtensions(name)),
      // Two authorities of one name are told apart by these, as on the internet.
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create((issuer?.keys ?? keys).publicKey),
    ],
  });
  return { certificate, keys };
}

export async function privateKeyPem({ keys }: Certified): Promise<string> {
  return x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY');
}

function authorityExtensions(): x509.Extension[] {
  return [
    new x509.BasicConstraintsExtension(true, undefined, true),
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
  ];
}

function serverExtensions(name: string): x509.Extension[] {
  return [
    new x509.BasicConstraintsExtension(false, undefined, true),
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
    new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
    new x509.SubjectAlternativeNameExtension([{ type: 'dns', value: name }]),
  ];
}
