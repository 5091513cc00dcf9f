/** A small public key infrastructure, made on the spot: roots, intermediates, and what a server needs to present itself. */
import { type Certified, type Hash, type KeyKind, makeKeys, privateKeyPem, sign } from './certificate.ts';

/** Days from now at which a certificate begins and ends to be valid; negative ones have passed. */
export type Days = [begins: number, ends: number];

/**
 * What a server presents beside its own certificate. `stranger`: complete, but of a root that nobody trusts. `cross-signed`: also
 * the trusted root's own key, signed by an older root, in a certificate that has expired.
 */
type Chain = 'complete' | 'none' | 'self-signed' | 'stranger' | 'cross-signed' | 'ending soon';

export type ServerOrder = { name: string; days: Days; chain?: Chain; key?: KeyKind; hash?: Hash };

/** PEM texts. `chainPem` is what is served behind the certificate, and may be empty. */
export type Presented = { certPem: string; chainPem: string; keyPem: string };

export type Authority = { rootPem: string; present(order: ServerOrder): Promise<Presented> };

/** How a server's certificate comes about: who signs it, and what is served with it. */
type Way = { issuer?: Certified; served: Certified[] };

const DAY_MS = 86_400_000;
const ROOT_DAYS: Days = [-1000, 3000];
const INTERMEDIATE_DAYS: Days = [-500, 1500];

export async function createAuthority(now: Date): Promise<Authority> {
  const days = ([begins, ends]: Days) => ({ notBefore: daysAfter(now, begins), notAfter: daysAfter(now, ends) });
  const { root, ways } = await establish(days);
  return {
    rootPem: pem(root),
    present: async ({ name, days: lives, chain = 'complete', key, hash = 'SHA-256' }) => {
      const { issuer, served } = ways[chain];
      const own = { name, ...days(lives), keys: await makeKeys(key), hash };
      const server = await sign({ ...own, ...(issuer && { issuer }) });
      return { certPem: pem(server), chainPem: served.map(pem).join(''), keyPem: await privateKeyPem(server) };
    },
  };
}

type Dated = (days: Days) => { notBefore: Date; notAfter: Date };

async function establish(days: Dated): Promise<{ root: Certified; ways: Record<Chain, Way> }> {
  const authority = async (name: string, lives: Days, issuer?: Certified, keys?: Certified['keys']) =>
    sign({ name, ...days(lives), keys: keys ?? (await makeKeys()), isAuthority: true, ...(issuer && { issuer }) });
  const root = await authority('Nightshift local root', ROOT_DAYS);
  const older = await authority('Nightshift local older root', [-3000, -10]);
  const stranger = await authority('Nobody’s root', ROOT_DAYS);
  const issuer = await authority('Nightshift local intermediate', INTERMEDIATE_DAYS, root);
  const ending = await authority('Nightshift local intermediate of old', [-500, 5], root);
  const strangers = await authority('Nobody’s intermediate', INTERMEDIATE_DAYS, stranger);
  const crossSigned = await authority('Nightshift local root', [-2000, -10], older, root.keys);
  const ways: Record<Chain, Way> = {
    complete: { issuer, served: [issuer] },
    none: { issuer, served: [] },
    'self-signed': { served: [] },
    stranger: { issuer: strangers, served: [strangers, stranger] },
    'cross-signed': { issuer, served: [issuer, crossSigned] },
    'ending soon': { issuer: ending, served: [ending] },
  };
  return { root, ways };
}

function daysAfter(now: Date, days: number): Date {
  return new Date(+now + days * DAY_MS);
}

function pem({ certificate }: Certified): string {
  return `${certificate.toString('pem')}\n`;
}
