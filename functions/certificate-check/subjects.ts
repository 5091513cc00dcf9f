/** Everything that is known, put together by certificate: where it is served, how its chain verifies, and where ACM has it. */
import type { Certificate } from './certificate.ts';
import type { Certificates } from './certificates.ts';
import { type Anchors, type Verified, verify } from './chain.ts';
import type { Endpoint } from './contract.ts';
import { endOf, judge, type Served } from './decide.ts';
import { placeOf } from './decide-endpoint.ts';
import { expectedName, sniOf } from './endpoint.ts';
import { type Issued, judgeIssued } from './issued.ts';
import type { Sighting } from './look.ts';
import { merged, type Problem } from './problem.ts';

/** One certificate. Times are milliseconds since 1970. */
export type Subject = {
  /** `<first name> <16 digits of its fingerprint>`. */
  target: string;
  facts: Pick<Certificate, 'names' | 'issuer' | 'fingerprint' | 'notBefore' | 'notAfter'>;
  served: Served[];
  issued: Issued[];
};

type Frame = {
  sightings: Sighting[];
  issued: Issued[];
  certificates: Certificates;
  anchorsOf: (endpoint: Endpoint) => Anchors;
  ladderDays: number[];
  now: number;
};

export function subjectsOf(frame: Frame): Subject[] {
  const subjects = new Map<string, Subject>();
  const subjectOf = (facts: Subject['facts']): Subject => {
    const target = `${facts.names[0] ?? 'nameless'} ${facts.fingerprint.slice(0, 16)}`;
    const subject = subjects.get(facts.fingerprint) ?? { target, facts, served: [], issued: [] };
    subjects.set(facts.fingerprint, subject);
    return subject;
  };
  const verified = openVerifier(frame);
  for (const { endpoint, address, seen } of frame.sightings) {
    const leaf = seen.kind === 'served' ? seen.chain[0] : undefined;
    if (seen.kind !== 'served' || leaf === undefined) continue;
    subjectOf(leaf).served.push(servedOf({ endpoint, address, leaf, verified: verified(endpoint, seen.chain) }, frame));
  }
  for (const issued of frame.issued) subjectOf(issued).issued.push(issued);
  return [...subjects.values()];
}

type Leaf = { endpoint: Endpoint; address: string | undefined; leaf: Certificate; verified: Verified };

function servedOf({ endpoint, address, leaf, verified }: Leaf, { certificates, ladderDays }: Frame): Served {
  const expected = expectedName(endpoint);
  return {
    certificate: leaf,
    verified,
    name: { expected, isFor: certificates.isFor(leaf, expected), wasAsked: sniOf(endpoint) !== undefined },
    ladderDays: endpoint.ladderDays ?? ladderDays,
    place: placeOf({ endpoint, address }),
  };
}

/** A chain is verified once for each trust, however many places serve it. */
function openVerifier({
  certificates,
  anchorsOf,
  now,
}: Frame): (endpoint: Endpoint, served: Certificate[]) => Verified {
  const known = new Map<string, Verified>();
  return (endpoint, served) => {
    // Fingerprints have one length, so no two chains and trusts make the same key.
    const key = `${served.map(({ fingerprint }) => fingerprint).join('')} ${endpoint.trust ?? ''}`;
    const verified =
      known.get(key) ?? verify({ served, anchors: anchorsOf(endpoint), issued: certificates.issued, now });
    known.set(key, verified);
    return verified;
  };
}

export function problemsOf(
  { served, issued }: Subject,
  { now, ladderDays }: { now: number; ladderDays: number[] },
): Problem[] {
  const isServed = served.length > 0;
  return merged([
    ...served.flatMap((place) => judge(place, now)),
    ...issued.flatMap((one) => judgeIssued(one, { now, ladderDays, isServed })),
  ]);
}

/** When clients will begin to refuse it, at whichever place comes first. */
export function subjectEnd({ facts, served }: Subject): number {
  return Math.min(facts.notAfter, ...served.map(endOf));
}

/** Whether anybody depends on it: what ACM merely keeps is no concern of the smallest number of days. */
export function isInUse({ served, issued }: Subject): boolean {
  return served.length > 0 || issued.some(({ inUseBy }) => inUseBy.length > 0);
}
