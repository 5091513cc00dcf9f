/** From what a server sent to a certificate that its clients trust. Pure: who signed whom is told from outside. */
import type { Certificate } from './certificate.ts';

type Issued = (issuer: Certificate, subject: Certificate) => boolean;

/** The certificates in play for one handshake. */
export type Around = {
  /** As they were sent; the first is the server's own. */
  served: Certificate[];
  anchors: Anchors;
  issued: Issued;
  /** Milliseconds since 1970. */
  now: number;
};

/** What is trusted, with a way to those of one name: there are well over a hundred public roots. */
export type Anchors = { has(certificate: Certificate): boolean; named(subject: string): Certificate[] };

export type Verified = {
  /** From the server's own certificate to a trusted one. Undefined where no path leads to any. */
  path: Certificate[] | undefined;
  /** The same, as far as the certificates went. */
  nearest: Certificate[];
  /** The earliest end on the path: when clients begin to refuse. Milliseconds since 1970. */
  until: number | undefined;
  /** Served, and no part of the path. */
  unneeded: Certificate[];
};

/** Real paths have two to four; what a stranger serves may be a labyrinth. */
const LONGEST_PATH = 8;
const MOST_STEPS = 500;

export function anchorsOf(certificates: Certificate[]): Anchors {
  const bySubject = Map.groupBy(certificates, (certificate) => certificate.subject);
  const fingerprints = new Set(certificates.map((certificate) => certificate.fingerprint));
  return {
    has: ({ fingerprint }) => fingerprints.has(fingerprint),
    named: (subject) => bySubject.get(subject) ?? [],
  };
}

/**
 * Clients differ in how they search, but all of the current ones go on searching where a path is expired (which OpenSSL before
 * 1.1.0 did not); so the best path counts: one that is valid now, before one that is valid longer, before a shorter one.
 */
export function verify(around: Around): Verified {
  const paths = pathsFrom(around);
  const complete = paths.filter((path) => isTrusted(path, around));
  const path = complete.reduce<Certificate[] | undefined>(
    (best, next) => (best === undefined || isBetter(next, best, around.now) ? next : best),
    undefined,
  );
  const nearest = path ?? paths.reduce((longest, next) => (next.length > longest.length ? next : longest), []);
  const used = new Set(nearest.map((certificate) => certificate.fingerprint));
  return {
    path,
    nearest,
    until: path && endOf(path),
    unneeded: around.served.filter((certificate) => !used.has(certificate.fingerprint)),
  };
}

/** Every path that cannot be made longer, or has reached what is trusted. */
function pathsFrom(around: Around): Certificate[][] {
  const [leaf] = around.served;
  if (leaf === undefined) return [];
  const ended: Certificate[][] = [];
  const open: Certificate[][] = [[leaf]];
  for (let steps = 0; steps < MOST_STEPS; steps += 1) {
    const path = open.pop();
    if (path === undefined) return ended;
    const longer = isTrusted(path, around) || path.length >= LONGEST_PATH ? [] : continued(path, around);
    if (longer.length === 0) ended.push(path);
    open.push(...longer);
  }
  return [...ended, ...open];
}

function continued(path: Certificate[], { served, anchors, issued }: Around): Certificate[][] {
  const last = path.at(-1);
  if (last === undefined) return [];
  const isNew = ({ fingerprint }: Certificate) => path.every((certificate) => certificate.fingerprint !== fingerprint);
  const candidates = [...served, ...anchors.named(last.issuer)];
  const unique = new Map(candidates.map((candidate) => [candidate.fingerprint, candidate])).values();
  return [...unique]
    .filter((candidate) => candidate.isCa && isNew(candidate) && issued(candidate, last))
    .map((candidate) => [...path, candidate]);
}

function isTrusted(path: Certificate[], { anchors }: Around): boolean {
  const last = path.at(-1);
  return last !== undefined && anchors.has(last);
}

function isBetter(path: Certificate[], than: Certificate[], now: number): boolean {
  const [valid, thanValid] = [isValid(path, now), isValid(than, now)];
  if (valid !== thanValid) return valid;
  const [end, thanEnd] = [endOf(path), endOf(than)];
  return end === thanEnd ? path.length < than.length : end > thanEnd;
}

function isValid(path: Certificate[], now: number): boolean {
  return path.every(({ notBefore, notAfter }) => notBefore <= now && now <= notAfter);
}

/** The root's own end counts: OpenSSL, Go and NSS refuse a path whose root has expired. */
function endOf(path: Certificate[]): number {
  return Math.min(...path.map(({ notAfter }) => notAfter));
}
