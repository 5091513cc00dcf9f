/** How much would be lost now, and how long getting it back would take, against what was promised. Pure. */
import type { Finding } from '../runtime/report.ts';
import type { Objective, Source } from './contract.ts';
import { ageSaid, MINUTE_MS, timeSaid } from './sources/words.ts';

/** What is known of one source that protects something. */
export type Protection = {
  source: string;
  kind: Source['kind'];
  /** Milliseconds since 1970. */
  point?: number | undefined;
  restoreMs?: number | undefined;
};

/** Where nothing is known, it is absent: never a zero. */
export type Reached = {
  protects: string;
  rpoMinutes: number;
  rtoMinutes?: number | undefined;
  /** The newest point that we could really go back to (ISO 8601), and whose it is. */
  point?: string;
  from?: string;
  ageMinutes?: number;
  restoreMinutes?: number;
};

/** @param now milliseconds since 1970 */
export function reach({ protects, rpoMinutes, rtoMinutes }: Objective, all: Protection[], now: number): Reached {
  const newest = all.filter(hasPoint).toSorted((a, b) => b.point - a.point)[0];
  const restored = [...(newest ? [newest] : []), ...all].find(({ restoreMs }) => restoreMs !== undefined)?.restoreMs;
  return {
    protects,
    rpoMinutes,
    rtoMinutes,
    ...(newest && {
      point: new Date(newest.point).toISOString(),
      from: newest.source,
      ageMinutes: Math.max(0, now - newest.point) / MINUTE_MS,
    }),
    ...(restored !== undefined && { restoreMinutes: restored / MINUTE_MS }),
  };
}

const MEND = 'Mend what keeps it from being looked at; another finding says what that is.';

function hasPoint(one: Protection): one is Protection & { point: number } {
  return one.point !== undefined;
}

/**
 * @param sources those that protect it: what they promise at best is part of what is said
 * @param unseen the names of those that could not be looked at, which may know of a newer point
 */
export function judgeReached(reached: Reached, sources: Source[], unseen: string[] = []): Finding[] {
  return [...recoveryPoint(reached, sources, unseen), ...recoveryTime(reached)];
}

function recoveryPoint(
  { protects, rpoMinutes, point, from, ageMinutes }: Reached,
  sources: Source[],
  unseen: string[],
): Finding[] {
  const target = `${protects}: recovery point`;
  const blind = unseen.length === 0 ? '' : `${unseen.join(', ')} could not be looked at`;
  if (point === undefined || ageMinutes === undefined) {
    if (blind !== '')
      return [{ severity: 'critical', target, what: `it is not known, because ${blind}`, remedy: MEND }];
    const what = 'there is no point that we are known to be able to go back to: everything would be lost';
    return [{ severity: 'critical', target, what, remedy: 'Make a backup that can be verified, today.' }];
  }
  if (ageMinutes <= rpoMinutes) return [];
  const best = Math.min(...sources.map(bestMinutes));
  const isPromise = best > rpoMinutes;
  const what = `the newest point that we could go back to is ${timeSaid(Date.parse(point))} (${from}), ${ageSaid(ageMinutes * MINUTE_MS)} ago; ${ageSaid(rpoMinutes * MINUTE_MS)} may be lost${blind === '' ? '' : `. ${blind}, and may reach further`}`;
  return [
    {
      severity: 'critical',
      target,
      what: isPromise
        ? `${what}. These sources cannot keep that promise: at their best they are ${ageSaid(best * MINUTE_MS)} apart`
        : what,
      remedy: isPromise
        ? 'Archive WAL behind base backups (a dump cannot be rolled forward), or make the promise what the backups can keep.'
        : 'Find out why the last backups are missing or not in order; the other findings say which.',
    },
  ];
}

/** How far apart a source's points are when all goes well. WAL that continues nothing brings nothing back. */
function bestMinutes(source: Source): number {
  if (source.kind === 'wal') return source.continues === undefined ? Number.POSITIVE_INFINITY : source.maxLagMinutes;
  // RDS archives the WAL of an instance with automated backups every five minutes.
  if (source.kind === 'rds-snapshot' && source.type === 'automated') return RDS_LAG_MINUTES;
  return source.schedule.everyHours * 60;
}

/** Source: Amazon RDS User Guide, “Restoring a DB instance to a specified time”. */
const RDS_LAG_MINUTES = 5;

function recoveryTime({ protects, rtoMinutes, restoreMinutes }: Reached): Finding[] {
  const target = `${protects}: recovery time`;
  if (rtoMinutes === undefined) return [];
  if (restoreMinutes === undefined) {
    const what = `it is not known how long a restore takes; ${ageSaid(rtoMinutes * MINUTE_MS)} are allowed`;
    return [
      {
        severity: 'warning',
        target,
        what,
        remedy: 'Have one of its sources restored: a dump here, or a snapshot by the restore drill.',
      },
    ];
  }
  if (restoreMinutes <= rtoMinutes) return [];
  const what = `the restore took ${ageSaid(restoreMinutes * MINUTE_MS)}; ${ageSaid(rtoMinutes * MINUTE_MS)} are allowed`;
  return [
    {
      severity: 'critical',
      target,
      what,
      remedy: 'Restore from something faster (a snapshot, a parallel restore), or promise less.',
    },
  ];
}
