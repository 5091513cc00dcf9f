/** What is wrong with each listener that serves a certificate, and what a check has to say to it. */
import type { SecureVersion } from 'node:tls';
import type { Days, ServerOrder } from './authority.ts';
import type { Protocol } from './listener.ts';

/** Which dialogue leads up to the handshake; `sneaking` slips plain text in behind the agreement. */
export type LeadUp = 'none' | 'postgres' | 'postgres sneaking' | 'smtp' | 'smtp sneaking';

/** A listener that serves a certificate. `expected` is one sentence. */
export type ServingPlant = {
  plant: string;
  protocol: Protocol;
  expected: string;
  order: Omit<ServerOrder, 'name'>;
  /** The certificate's name, where it is not the one that clients ask for. */
  certifiedName?: string;
  leadUp?: LeadUp;
  only?: SecureVersion;
};

/** A third of its life is over. */
export const GOOD: Days = [-30, 60];
const WITHOUT_FAULT = 'No finding.';

export const SERVING: ServingPlant[] = [
  tls('good', WITHOUT_FAULT, { days: GOOD }),
  { ...tls('good-https', WITHOUT_FAULT, { days: GOOD }), protocol: 'https' },
  { ...tls('good-redis', WITHOUT_FAULT, { days: GOOD }), protocol: 'redis' },
  ...[29, 13, 6, 0.5].map((days) =>
    tls(`expiring-in-${days}-days`, `Expires in ${days} days, a step of the ladder.`, { days: [days - 90, days] }),
  ),
  tls('short-lived-fresh', 'No finding: 5 of its 6 days are left.', { days: [-1, 5] }),
  tls('short-lived-worn', 'Critical: 6 of its 45 days are left, less than a sixth.', { days: [-39, 6] }),
  tls('expired', 'Expired 3 days ago.', { days: [-90, -3] }),
  tls('not-yet-valid', 'Not valid before 2 days from now.', { days: [2, 92] }),
  {
    ...tls('wrong-name', 'The certificate is for another name.', { days: GOOD }),
    certifiedName: 'another.nightshift.test',
  },
  tls('self-signed', 'Self-signed.', { days: GOOD, chain: 'self-signed' }),
  tls('missing-intermediate', 'The intermediate is not served.', { days: GOOD, chain: 'none' }),
  tls('untrusted-root', 'The chain is complete and ends at a root that is not trusted.', {
    days: GOOD,
    chain: 'stranger',
  }),
  tls('cross-signed-expired', 'No finding but a note: a certificate that is served and not needed has expired.', {
    days: GOOD,
    chain: 'cross-signed',
  }),
  tls('intermediate-ending', 'The leaf has 60 days, and its verified chain 5, for the intermediate ends then.', {
    days: GOOD,
    chain: 'ending soon',
  }),
  tls('weak-key', 'An RSA key of 1024 bits.', { days: GOOD, key: 'RSA 1024' }),
  tls('weak-signature', 'Signed with SHA-1.', { days: GOOD, hash: 'SHA-1' }),
  { ...tls('tls-1.1', 'Speaks nothing newer than TLS 1.1.', { days: GOOD }), only: 'TLSv1.1' },
  ...leadingUp('postgres', 'One packet holds the S and more: refused, and nothing of it is believed.'),
  ...leadingUp('smtp', 'One packet holds the 220 and more: refused, and nothing of it is believed.'),
];

/** Under `.test`, which the public DNS never has. */
export function nameOf(plant: string): string {
  return `${plant}.nightshift.test`;
}

function tls(plant: string, expected: string, order: ServingPlant['order']): ServingPlant {
  return { plant, protocol: 'tls', expected, order };
}

function leadingUp(protocol: 'postgres' | 'smtp', caught: string): ServingPlant[] {
  const order = { days: GOOD };
  return [
    { plant: `${protocol}-good`, protocol, expected: WITHOUT_FAULT, order, leadUp: protocol },
    { plant: `${protocol}-sneaks-bytes`, protocol, expected: caught, order, leadUp: `${protocol} sneaking` },
  ];
}
