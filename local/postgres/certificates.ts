/** A certificate authority and one server certificate, made on the spot and thrown away with the server. */
import { webcrypto } from 'node:crypto';
import 'reflect-metadata';
import * as x509 from '@peculiar/x509';

/** PEM texts. The authority's private key is forgotten: nothing else can ever be signed with it. */
export type Certificates = { caPem: string; certPem: string; keyPem: string };

const ECDSA = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const HOUR_MS = 3_600_000;

type KeyPair = webcrypto.CryptoKeyPair;

/** For the names `localhost` and 127.0.0.1; valid from an hour ago, for clocks that disagree, to a day from `now`. */
export async function makeCertificates(now = new Date()): Promise<Certificates> {
  const validity = { notBefore: new Date(+now - HOUR_MS), notAfter: new Date(+now + 24 * HOUR_MS) };
  const [authority, server] = await Promise.all([makeKeys(), makeKeys()]);
  const ca = await signAuthority(authority, validity);
  const certificate = await signServer({ authority, ca, server, validity });
  const pkcs8 = await webcrypto.subtle.exportKey('pkcs8', server.privateKey);
  const keyPem = x509.PemConverter.encode(pkcs8, 'PRIVATE KEY');
  return { caPem: ca.toString('pem'), certPem: certificate.toString('pem'), keyPem };
}

const makeKeys = (): Promise<KeyPair> => webcrypto.subtle.generateKey(ECDSA, true, ['sign', 'verify']);

type Validity = { notBefore: Date; notAfter: Date };

const signAuthority = (keys: KeyPair, validity: Validity) =>
  x509.X509CertificateGenerator.createSelfSigned({
    ...validity,
    name: 'CN=Nightshift local PostgreSQL CA',
    keys,
    signingAlgorithm: ECDSA,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
    ],
  });

type ServerCertificate = { authority: KeyPair; ca: x509.X509Certificate; server: KeyPair; validity: Validity };

const signServer = ({ authority, ca, server, validity }: ServerCertificate) =>
  x509.X509CertificateGenerator.create({
    ...validity,
    subject: 'CN=localhost',
    issuer: ca.subject,
    publicKey: server.publicKey,
    signingKey: authority.privateKey,
    signingAlgorithm: ECDSA,
    extensions: [
      new x509.SubjectAlternativeNameExtension([
        { type: 'dns', value: 'localhost' },
        { type: 'ip', value: '127.0.0.1' },
      ]),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
    ],
  });
