/** What ACM says of one certificate, and what is wrong with that. Pure. */
import { endIn } from './decide.ts';
import { type Rung, rungOf } from './ladder.ts';
import { type Problem, problem, problemOnLadder } from './problem.ts';

/** Times are milliseconds since 1970. */
export type Issued = {
  arn: string;
  names: string[];
  issuer: string;
  fingerprint: string;
  notBefore: number;
  notAfter: number;
  status: string;
  /** ARNs of load balancers, distributions and the like. */
  inUseBy: string[];
  /** As ACM spells it; undefined where ACM did not try yet, or does not renew such a one. */
  renewal: string | undefined;
};

const RENEWAL_FAILING = new Set(['FAILED', 'PENDING_VALIDATION']);

/** @param isServed whether an endpoint that was looked at serves it: then its end is told of there */
export function judgeIssued(
  { notBefore, notAfter, status, inUseBy, renewal }: Issued,
  { now, ladderDays, isServed }: { now: number; ladderDays: number[]; isServed: boolean },
): Problem[] {
  const isUsed = isServed || inUseBy.length > 0;
  const at = inUseBy;
  const rung = isServed ? undefined : rungOf({ until: notAfter, now, ladderDays, lifeMs: notAfter - notBefore });
  return [
    ...(isUsed && status === 'REVOKED' ? [problem('revoked', 'is revoked, and in use', at)] : []),
    ...(isUsed && renewal !== undefined && RENEWAL_FAILING.has(renewal)
      ? [problem('renewal failing', `ACM cannot renew it (${renewal})`, at)]
      : []),
    ...(rung ? [endProblem(rung, { isUsed, what: `in ACM ${endIn(notAfter, now)}`, isOver: notAfter < now, at })] : []),
  ];
}

type End = { isUsed: boolean; isOver: boolean; what: string; at: string[] };

function endProblem(rung: Rung, { isUsed, isOver, what, at }: End): Problem {
  if (!isUsed) return problem('unused in ACM', `${what}, and nothing uses it`);
  return isOver ? problem('expired', what, at) : problemOnLadder('expiring in ACM', rung, what, at);
}
