/** Judges one certificate at one place where it is served. Pure. */
import type { Certificate } from './certificate.ts';
import type { Verified } from './chain.ts';
import { daysBetween, rungOf } from './ladder.ts';
import { type Problem, problem, problemOnLadder } from './problem.ts';
import { weakKeyOf, weakSignatureOf } from './weakness.ts';

export type Served = {
  certificate: Certificate;
  verified: Verified;
  /** The name or address that it should be for, whether it is, and whether the server was asked by that name. */
  name: { expected: string; isFor: 'yes' | 'by common name' | 'no'; wasAsked: boolean };
  ladderDays: number[];
  /** `host:port at address`. */
  place: string;
};

/** @param now milliseconds since 1970 */
export function judge(served: Served, now: number): Problem[] {
  return [
    ...judgeLife(served, now),
    ...judgeTrust(served),
    ...judgeName(served),
    ...judgeStrength(served),
    ...judgeUnneeded(served, now),
  ];
}

/** When clients will refuse it: the end of its chain, or its own where there is no chain. */
export function endOf({ certificate, verified }: Pick<Served, 'certificate' | 'verified'>): number {
  return Math.min(certificate.notAfter, verified.until ?? Number.POSITIVE_INFINITY);
}

/** `expires in 3.4 days, on 2026-06-30`, or the same in the past. */
export function endIn(until: number, now: number): string {
  const on = new Date(until).toISOString().slice(0, 10);
  const days = daysBetween(now, until);
  return days < 0 ? `expired ${-days} days ago, on ${on}` : `expires in ${days} days, on ${on}`;
}

function judgeLife({ certificate, verified, ladderDays, place }: Served, now: number): Problem[] {
  const { notBefore, notAfter } = certificate;
  const own = rungOf({ until: notAfter, now, ladderDays, lifeMs: notAfter - notBefore });
  const problems: Problem[] = [];
  if (own && notAfter < now) problems.push(problem('expired', endIn(notAfter, now), [place]));
  else if (own) problems.push(problemOnLadder('expiring', own, endIn(notAfter, now), [place]));
  for (const early of [certificate, ...(verified.path ?? [])].filter((one) => one.notBefore > now).slice(0, 1)) {
    const what = `${early === certificate ? '' : `${early.subject} in its chain `}is not valid before ${new Date(early.notBefore).toISOString()}`;
    problems.push(problem('not yet valid', what, [place]));
  }
  return [...problems, ...judgeChainLife({ certificate, verified, ladderDays, place }, now)];
}

/** The end of the chain is said where it comes before the certificate's own, which renewing would not mend (F80). */
function judgeChainLife({ certificate, verified, ladderDays, place }: Omit<Served, 'name'>, now: number): Problem[] {
  const { path, until } = verified;
  if (until === undefined || until >= certificate.notAfter) return [];
  const rung = rungOf({ until, now, ladderDays });
  if (rung === undefined) return [];
  const first = path?.find(({ notAfter }) => notAfter === until)?.subject;
  const what = `its chain ${endIn(until, now)}, with ${first}`;
  return until < now
    ? [problem('expired chain', what, [place])]
    : [problemOnLadder('expiring chain', rung, what, [place])];
}

function judgeTrust({ certificate, verified, place }: Served): Problem[] {
  if (verified.path) return [];
  const last = verified.nearest.at(-1) ?? certificate;
  if (certificate.isSelfSigned) return [problem('self-signed', 'is signed with its own key', [place])];
  // Nothing was sent that signed it, and nobody trusted did: what is missing may also be the root. The remedy says so.
  if (last === certificate) {
    return [problem('missing intermediate', `is served without its issuer, ${certificate.issuer}`, [place])];
  }
  const root = last.isSelfSigned ? last.subject : last.issuer;
  return [problem('untrusted root', `its chain leads to ${root}, which is not trusted`, [place])];
}

function judgeName({ certificate, name, place }: Served): Problem[] {
  const { expected, isFor, wasAsked } = name;
  if (isFor === 'yes') return [];
  if (isFor === 'by common name')
    return [problem('common name only', `names ${expected} only as its common name`, [place])];
  const more = certificate.names.length > 3 ? ` and ${certificate.names.length - 3} more` : '';
  const what = `is for ${certificate.names.slice(0, 3).join(', ')}${more}, and not for ${expected}`;
  return [problem(wasAsked ? 'wrong name' : 'no server name', what, [place])];
}

function judgeStrength({ certificate, verified, place }: Served): Problem[] {
  return verified.nearest.flatMap((one) => {
    const whose = one === certificate ? 'has a' : `${one.subject} in its chain has a`;
    const key = weakKeyOf(one);
    const signature = weakSignatureOf(one);
    return [
      ...(key === undefined ? [] : [problem('weak key', `${whose} ${key}`, [place])]),
      ...(signature === undefined ? [] : [problem('weak signature', `${whose} ${signature}`, [place])]),
    ];
  });
}

function judgeUnneeded({ verified, place }: Served, now: number): Problem[] {
  if (verified.path === undefined) return [];
  const expired = verified.unneeded.filter(({ notAfter }) => notAfter < now);
  return expired.map(({ subject, notAfter }) =>
    problem('unneeded', `is served with ${subject}, which nothing needs and which ${endIn(notAfter, now)}`, [place]),
  );
}
