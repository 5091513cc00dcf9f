/** A key's secret as the table holds it: base64 of nonce, ciphertext and tag, of AES-256-GCM under the system's master key. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { RefusalError } from '../../runtime/errors.ts';
import { readSecretText } from '../../runtime/secret-text.ts';

const ALGORITHM = 'aes-256-gcm';
/** The length for which GCM was made, and the tag's full one. Source: NIST SP 800-38D, 5.2.1. */
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** 64 hexadecimal digits, or 43 of base64 and its padding: no text is both. */
const HEXADECIMAL = /^[0-9A-Fa-f]{64}$/;
const BASE64 = /^[A-Za-z0-9+/]{43}=$/;

/** @throws RefusalError naming the secret, never its value */
export async function readMasterKey(secretArn: string): Promise<Buffer> {
  const text = (await readSecretText(secretArn)).trim();
  if (HEXADECIMAL.test(text)) return Buffer.from(text, 'hex');
  if (BASE64.test(text)) return Buffer.from(text, 'base64');
  throw new RefusalError(`The secret ${secretArn} is not a master key: 32 bytes, in base64 or hexadecimal.`);
}

export function seal(secret: string, masterKey: Buffer): string {
  // Never the same twice for one key, of which a random one of 96 bits is sure for four milliards of rows.
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(ALGORITHM, masterKey, nonce);
  const ciphertext = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
  return Buffer.concat([nonce, ciphertext, cipher.getAuthTag()]).toString('base64');
}

/** @returns undefined for what was not sealed under this key */
export function unseal(sealed: string, masterKey: Buffer): string | undefined {
  const bytes = Buffer.from(sealed, 'base64');
  if (bytes.length < NONCE_BYTES + TAG_BYTES) return undefined;
  const decipher = createDecipheriv(ALGORITHM, masterKey, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
  const begun = decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES));
  try {
    return Buffer.concat([begun, decipher.final()]).toString('utf8');
  } catch {
    return undefined;
  }
}
