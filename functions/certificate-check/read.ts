/** Everything that is read before anything is connected to. An error here is a refusal: a part of the truth is none. */
import type { X509Certificate } from 'node:crypto';
import type { Certificates } from './certificates.ts';
import { type Anchors, anchorsOf } from './chain.ts';
import type { Endpoint, Settings } from './contract.ts';
import type { Databases } from './database-ca.ts';
import { readEndpoints } from './endpoint-list.ts';
import type { Issued } from './issued.ts';
import { publicRoots, readTrust } from './trust.ts';

export type Known = {
  endpoints: Endpoint[];
  issued: Issued[];
  databases: Databases[];
  /** SHA-1 of each certificate in the databases' clients' bundle; undefined where settings name none. */
  bundle: ReadonlySet<string> | undefined;
  anchorsOf: (endpoint: Endpoint) => Anchors;
};

/** @throws RefusalError when anything cannot be read */
export async function readKnown(settings: Settings, certificates: Certificates): Promise<Known> {
  const { acm, rds } = settings;
  const [endpoints, issued, databases, bundle, trusts] = await Promise.all([
    readEndpoints(settings),
    // Loaded where settings ask for them: each client costs memory, and time to begin.
    acm ? import('./acm.ts').then(({ readIssued }) => readIssued(acm.regions)) : [],
    rds ? import('./rds.ts').then(({ readDatabases }) => readDatabases(rds.regions)) : [],
    rds?.trustBundle && readTrust('settings.rds.trustBundle', rds.trustBundle),
    readTrusts(settings),
  ]);
  return {
    endpoints,
    issued,
    databases,
    bundle: bundle && new Set(bundle.map(thumbprintOf)),
    anchorsOf: openAnchors(trusts, certificates),
  };
}

async function readTrusts({ trust }: Settings): Promise<Map<string, X509Certificate[]>> {
  const read = Object.entries(trust).map(
    async ([name, one]) => [name, await readTrust(`settings.trust.${name}`, one)] as const,
  );
  return new Map(await Promise.all(read));
}

/** The public roots are parsed where an endpoint needs them, and once. */
function openAnchors(trusts: Map<string, X509Certificate[]>, certificates: Certificates): Known['anchorsOf'] {
  const open = new Map<string | undefined, Anchors>();
  return ({ trust }) => {
    const x509s = () => (trust === undefined ? publicRoots() : (trusts.get(trust) ?? []));
    const anchors = open.get(trust) ?? anchorsOf(x509s().map((x509) => certificates.add(x509)));
    open.set(trust, anchors);
    return anchors;
  };
}

function thumbprintOf({ fingerprint }: X509Certificate): string {
  return fingerprint.replaceAll(':', '').toLowerCase();
}
