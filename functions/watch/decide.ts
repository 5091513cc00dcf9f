/** Judges one that is waited for: how many hours it is overdue. Pure. */
import type { Finding } from '../runtime/report.ts';
import type { Settings } from './contract.ts';

const HOUR_MS = 3_600_000;

export type LastRun = {
  /** When it last had a verified run; undefined where it never had one. */
  verifiedAt: Date | undefined;
  /** When this watcher first knew of it: what never ran ages from here. */
  firstSeenAt: Date;
};

/** @returns hours past the time by which the next verified run should have ended; never negative */
export function hoursOverdue(
  { everyHours, graceHours }: Pick<Settings['watched'][number], 'everyHours' | 'graceHours'>,
  last: LastRun,
  now: Date,
): number {
  const since = last.verifiedAt ?? last.firstSeenAt;
  const ageHours = (now.getTime() - since.getTime()) / HOUR_MS;
  return Math.max(0, ageHours - everyHours - graceHours);
}

export function overdueFinding(
  name: string,
  { verifiedAt, firstSeenAt }: LastRun,
  overdue: number,
): Finding | undefined {
  if (overdue === 0) return undefined;
  const last = verifiedAt
    ? `its last verified run began at ${verifiedAt.toISOString()}`
    : `it has had no verified run since ${firstSeenAt.toISOString()}`;
  return {
    severity: 'critical',
    target: name,
    what: `${name} is ${overdue.toFixed(1)} hours overdue: ${last}`,
    remedy: 'Look at its schedule, its log and its failure queue; run it by hand as its README says.',
  };
}

/** A topic that nobody hears is silence that looks like peace. */
export function topicFinding(topicArn: string, confirmed: number, pending: number): Finding | undefined {
  if (confirmed > 0 && pending === 0) return undefined;
  const severity = confirmed === 0 ? 'critical' : 'warning';
  const what =
    confirmed === 0
      ? 'nobody has confirmed a subscription to this topic'
      : `${pending} of its subscriptions are unconfirmed`;
  return {
    severity,
    target: topicArn,
    what,
    remedy: 'Confirm the subscription from the message that SNS sent, or subscribe anew.',
  };
}
