/** What is trusted: the public roots that Node carries (Mozilla's), or what an endpoint names instead. */
import type { X509Certificate } from 'node:crypto';
import { rootCertificates } from 'node:tls';
import { describe, RefusalError } from '../runtime/errors.ts';
import { certificatesIn } from './certificates.ts';
import type { Trust } from './contract.ts';

export function publicRoots(): X509Certificate[] {
  return rootCertificates.flatMap(certificatesIn);
}

/**
 * @param name how settings call it, for the error
 * @throws RefusalError where the secret cannot be read, or the text holds no certificate, or one that cannot be read
 */
export async function readTrust(name: string, trust: Trust): Promise<X509Certificate[]> {
  const pem = 'pem' in trust ? trust.pem : await readPem(trust.secretArn);
  let certificates: X509Certificate[];
  try {
    certificates = certificatesIn(pem);
  } catch (error) {
    throw new RefusalError(`${name} holds a certificate that cannot be read: ${describe(error)}`, { cause: error });
  }
  if (certificates.length === 0) throw new RefusalError(`${name} holds no certificate in PEM.`);
  return certificates;
}

/** Its client is loaded where settings name a secret. */
async function readPem(secretArn: string): Promise<string> {
  const { readSecretText } = await import('../runtime/secret-text.ts');
  return readSecretText(secretArn);
}
