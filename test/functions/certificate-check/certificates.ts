/** Certificates that exist on paper only, for judgements that never look at a key. */
import type { Certificate } from '../../../functions/certificate-check/certificate.ts';
import { DAY_MS } from '../../../functions/certificate-check/ladder.ts';

export const NOW = Date.parse('2026-06-15T00:00:00Z');

export const inDays = (days: number) => NOW + days * DAY_MS;

let made = 0;

/** A good one, a third of its 90 days old. */
export function paper(given: Partial<Certificate> = {}): Certificate {
  made += 1;
  return {
    fingerprint: made.toString(16).padStart(64, '0'),
    subject: `CN=${made}`,
    issuer: 'CN=nobody',
    names: ['api.example.com'],
    notBefore: inDays(-30),
    notAfter: inDays(60),
    isCa: false,
    isSelfSigned: false,
    key: { type: 'ec', bits: 256 },
    signature: 'ecdsa-with-SHA256',
    ...given,
  };
}
