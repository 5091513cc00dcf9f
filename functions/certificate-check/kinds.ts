/** Everything that can be wrong, how bad it is, and what to do about it: the one table of findings. Pure. */
import type { Severity } from '../runtime/contract.ts';

type Kind = { severity: Severity | 'by ladder'; remedy: string };

/** From the most to the least urgent of equal severity: a finding that has several says them, and what to do, in this order. */
export const KINDS = {
  expired: { severity: 'critical', remedy: 'Renew it and serve the new one: clients refuse this one.' },
  'expired chain': {
    severity: 'critical',
    remedy: 'Serve the current intermediates of its issuer, and drop the expired ones: clients refuse this chain.',
  },
  'not yet valid': {
    severity: 'critical',
    remedy: 'Serve the one before it until then, or correct the clock of its issuer.',
  },
  'self-signed': {
    severity: 'critical',
    remedy: 'Serve one that an authority signed; if it is meant to be so, give the endpoint a trust that holds it.',
  },
  'untrusted root': {
    severity: 'critical',
    remedy:
      'If the root is your own, give the endpoint a trust that holds it; else serve a chain to a root that clients trust.',
  },
  'missing intermediate': {
    severity: 'critical',
    remedy:
      'Serve the intermediates of its issuer with it. If the issuer is a root of your own, give the endpoint a trust that holds it.',
  },
  'wrong name': {
    severity: 'critical',
    remedy: 'Serve one that holds the name, or correct the endpoint’s serverName.',
  },
  'no server name': {
    severity: 'critical',
    remedy:
      'Give the endpoint a serverName: an address is not asked for by name (SNI), so the server showed its default.',
  },
  revoked: { severity: 'critical', remedy: 'Replace it wherever it is in use.' },
  'no TLS': { severity: 'critical', remedy: 'Turn TLS on there, or correct the endpoint’s port and protocol.' },
  'bytes before TLS': {
    severity: 'critical',
    remedy:
      'Find out who writes into this connection; update the server if it is its own doing. No client should go on from there.',
  },
  'bundle lacks the CA in use': {
    severity: 'critical',
    remedy:
      'Give the clients the current RDS bundle of the region: they cannot verify these databases with the one they have.',
  },
  expiring: { severity: 'by ladder', remedy: 'Renew it and serve the new one at every address.' },
  'expiring in ACM': {
    severity: 'by ladder',
    remedy:
      'If ACM issued it, see why it was not renewed (its renewal status in ACM); if it was imported, import its successor.',
  },
  'expiring chain': {
    severity: 'by ladder',
    remedy: 'Serve the current intermediates of its issuer. Renewing the certificate alone does not help.',
  },
  'expiring CA': {
    severity: 'by ladder',
    remedy: 'Move the instance to a newer CA, after its clients trust that one.',
  },
  'expiring server certificate': {
    severity: 'by ladder',
    remedy:
      'RDS renews it where the engine can without a restart; else restart the instance or move it to the CA again.',
  },
  unreachable: {
    severity: 'warning',
    remedy: 'Nothing is known of its certificate. See that it runs, and that this function has a way to it.',
  },
  'handshake refused': {
    severity: 'warning',
    remedy: 'Nothing is known of its certificate. See which TLS versions and ciphers it allows.',
  },
  'unknown name': {
    severity: 'warning',
    remedy: 'Correct the endpoint’s serverName, or have the server know the name.',
  },
  'refused address': {
    severity: 'warning',
    remedy: 'See who answers for the name. If it should lead there, add the range to allowedPrivateRanges.',
  },
  'old TLS': { severity: 'warning', remedy: 'Allow TLS 1.2 and 1.3 there, and nothing older (RFC 8996).' },
  'another certificate': {
    severity: 'warning',
    remedy: 'Deploy what ACM has: attach the ARN to the listener or distribution, or import what is served.',
  },
  'not in ACM': {
    severity: 'warning',
    remedy: 'Correct the endpoint’s certificateArn, or find out who deleted the certificate.',
  },
  'renewal failing': {
    severity: 'warning',
    remedy: 'Put back the DNS records that validate its names (ACM lists them), or answer ACM’s mail.',
  },
  'weak key': { severity: 'warning', remedy: 'Have it issued anew, with a key of RSA 2048 or EC P-256 at least.' },
  'weak signature': { severity: 'warning', remedy: 'Have it issued anew, signed with SHA-256 at least.' },
  'common name only': {
    severity: 'warning',
    remedy: 'Have it issued anew with a subject alternative name: most clients no longer look at the common name.',
  },
  'old CA': {
    severity: 'warning',
    remedy: 'Move the instance to the account’s default CA, after its clients trust that one.',
  },
  'unknown CA': { severity: 'warning', remedy: 'Move the instance to a CA that RDS still offers.' },
  'bundle lacks the next CA': {
    severity: 'warning',
    remedy: 'Give the clients the current RDS bundle of the region before any database moves to that CA.',
  },
  unneeded: { severity: 'info', remedy: 'Drop it from what is served: old clients may stumble over it.' },
  'unused in ACM': {
    severity: 'info',
    remedy: 'Delete it if nobody will need it again: ACM does not renew what is not in use.',
  },
  'not looked at': {
    severity: 'info',
    remedy: 'Let another placement look at it, or set addressFamilies if this one can reach it.',
  },
} as const satisfies Record<string, Kind>;
export type ProblemKind = keyof typeof KINDS;
/** How bad these are depends on how near the end is. */
export type OnLadder = {
  [Name in ProblemKind]: (typeof KINDS)[Name]['severity'] extends 'by ladder' ? Name : never;
}[ProblemKind];
