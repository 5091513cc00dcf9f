/** Keys and signatures that can be forged today, or by somebody with means. Pure. */
import type { Certificate } from './certificate.ts';

/** NIST SP 800-57 part 1 revision 5, table 2 (112 bits of security), and the CA/Browser Forum's baseline requirements, 6.1.5. */
const LEAST_BITS: Record<string, number> = { rsa: 2048, 'rsa-pss': 2048, dsa: 2048, ec: 224 };

/** Undefined where the key is strong enough, or of a kind that has no weak size, such as Ed25519. */
export function weakKeyOf({ key }: Certificate): string | undefined {
  const least = LEAST_BITS[key.type];
  if (least === undefined || key.bits === undefined || key.bits >= least) return undefined;
  return `key of ${key.bits} bits (${key.type.toUpperCase()}, ${least} are the least)`;
}

/** Nobody verifies the signature of a root: it is trusted for what it is. */
export function weakSignatureOf({ signature, isSelfSigned }: Certificate): string | undefined {
  return !isSelfSigned && /md[245]|sha-?1(?!\d)/i.test(signature) ? `signature by ${signature}` : undefined;
}
