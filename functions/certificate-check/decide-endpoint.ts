/** Judges one endpoint: what its addresses did other than showing a good certificate. Pure. */
import type { Certificate } from './certificate.ts';
import { endIn } from './decide.ts';
import { targetOf } from './endpoint.ts';
import type { Issued } from './issued.ts';
import type { Sighting } from './look.ts';
import { type Problem, problem } from './problem.ts';

const OLD_TLS = new Set(['SSLv3', 'TLSv1', 'TLSv1.1']);

/**
 * @param sightings of one endpoint
 * @param issued the certificates that ACM has, by ARN
 */
export function judgeEndpoint(sightings: Sighting[], issued: ReadonlyMap<string, Issued>, now: number): Problem[] {
  return [
    ...sightings.flatMap((sighting) => judgeSighting(sighting)),
    ...judgeDeployment(sightings, issued, now),
    ...judgeBlindness(sightings),
  ];
}

/** `host:port at address`, or `host:port` where the name led to no address. */
export function placeOf({ endpoint, address }: Pick<Sighting, 'endpoint' | 'address'>): string {
  const target = targetOf(endpoint);
  return address === undefined || address === endpoint.host ? target : `${target} at ${address}`;
}

function judgeSighting({ endpoint, address, seen }: Sighting): Problem[] {
  const at = address === undefined || address === endpoint.host ? [] : [address];
  if (seen.kind === 'served') {
    return OLD_TLS.has(seen.tls) ? [problem('old TLS', `speaks nothing newer than ${seen.tls}`, at)] : [];
  }
  if (seen.kind === 'out of time' || seen.kind === 'not looked at') return [];
  if (seen.kind === 'refused address') return [problem(seen.kind, `leads to an address that is ${seen.detail}`, at)];
  // AWS does not let functions send mail: it blocks this one port, which looks like a dead host.
  const blocked = endpoint.port === 25 ? ' (AWS blocks port 25 unless asked not to)' : '';
  return [problem(seen.kind, `${WORDS[seen.kind]}: ${seen.detail}${blocked}`, at)];
}

const WORDS = {
  unreachable: 'cannot be reached',
  'no TLS': 'answers without TLS',
  'handshake refused': 'refused the handshake',
  'unknown name': 'refused the handshake',
  'bytes before TLS': 'sent what TLS does not protect',
} as const;

/** Whether what is served is what was issued for it (F83). */
function judgeDeployment(sightings: Sighting[], issued: ReadonlyMap<string, Issued>, now: number): Problem[] {
  const arn = sightings[0]?.endpoint.certificateArn;
  if (arn === undefined) return [];
  const due = issued.get(arn);
  if (due === undefined) return [problem('not in ACM', `should serve ${arn}, which ACM does not have`)];
  return sightings.flatMap(({ address, seen }) => {
    const leaf = seen.kind === 'served' ? seen.chain[0] : undefined;
    if (leaf === undefined || leaf.fingerprint === due.fingerprint) return [];
    const what = `serves ${shortly(leaf, now)}, and ACM has ${shortly(due, now)} for it`;
    return [problem('another certificate', what, address === undefined ? [] : [address])];
  });
}

function shortly({ fingerprint, notAfter }: Pick<Certificate, 'fingerprint' | 'notAfter'>, now: number): string {
  return `${fingerprint.slice(0, 16)}, which ${endIn(notAfter, now)}`;
}

/** Where some addresses were looked at, the others are in the report's detail; where none was, nobody may think that all is well. */
function judgeBlindness(sightings: Sighting[]): Problem[] {
  if (sightings.some(({ seen }) => seen.kind !== 'not looked at')) return [];
  const because = new Set(sightings.flatMap(({ seen }) => (seen.kind === 'not looked at' ? [seen.detail] : [])));
  const at = sightings.flatMap(({ address }) => address ?? []);
  return [problem('not looked at', `no address of it was looked at: ${[...because].join(', ')}`, at)];
}
