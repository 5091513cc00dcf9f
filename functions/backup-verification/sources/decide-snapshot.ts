/** Judges snapshots that a service keeps: of databases and of caches alike. Pure. */
import type { Schedule } from '../contract.ts';
import { calendarOf } from './calendar.ts';
import { judgeSchedule } from './decide-schedule.ts';
import type { Made, Problem } from './looking.ts';
import { fewOf } from './words.ts';

export type Snapshot = Made & {
  status: string;
  /** Why it would not bring everything back, as a part of a sentence. */
  lacks?: string;
};

type Snapshots = {
  /** Oldest first. */
  all: Snapshot[];
  /** How many days the service keeps what it makes by itself; undefined where it makes none of these. */
  retentionDays: number | undefined;
};

type Timing = Pick<Schedule, 'everyHours' | 'graceHours' | 'keepDays'>;
type Given = Snapshots & { schedule: Timing; now: number; first: number | undefined };

/** One that is still being made is neither a backup nor a fault. */
const UNDER_WAY = ['creating', 'copying', 'pending', 'exporting'];

export function judgeSnapshots({ all, retentionDays, schedule, now, first }: Given): Problem[] {
  return [
    ...judgeSchedule({ made: usable(all), schedule, now, first }),
    ...judgeStatus(all),
    ...judgeContent(all),
    ...judgeRetention(retentionDays, schedule),
  ];
}

export function usable(all: Snapshot[]): Snapshot[] {
  return all.filter(({ status }) => status === 'available');
}

/** Those that failed are drawn as well. */
export function snapshotCalendar(all: Snapshot[], now: number) {
  const shown = all.filter(({ status }) => !UNDER_WAY.includes(status));
  const bad = new Set(
    shown.filter(({ status, lacks }) => status !== 'available' || lacks !== undefined).map(({ name }) => name),
  );
  return calendarOf(shown, now).map((day) => ({
    ...day,
    state: bad.has(day.name) ? ('bad' as const) : ('unverified' as const),
  }));
}

function judgeStatus(all: Snapshot[]): Problem[] {
  const broken = all.filter(({ status }) => status !== 'available' && !UNDER_WAY.includes(status));
  if (broken.length === 0) return [];
  const said = fewOf(broken.map(({ name, status }) => `${name} is ${status}`));
  const remedy = 'See its events in the service’s console, and make a snapshot by hand meanwhile.';
  return [{ severity: 'warning', thing: 'status', what: `not every snapshot can be used: ${said}`, remedy }];
}

function judgeContent(all: Snapshot[]): Problem[] {
  const newest = usable(all).at(-1);
  if (newest?.lacks === undefined) return [];
  const remedy = 'Make a snapshot of all of it by hand, and look at the next one that is made by itself.';
  return [
    { severity: 'critical', thing: 'newest', what: `the newest snapshot, ${newest.name}, ${newest.lacks}`, remedy },
  ];
}

function judgeRetention(retentionDays: number | undefined, { keepDays }: Timing): Problem[] {
  if (retentionDays === undefined || retentionDays >= keepDays) return [];
  const isOff = retentionDays === 0;
  return [
    {
      severity: isOff ? 'critical' : 'warning',
      thing: 'retention period',
      what: isOff
        ? 'automated backups are switched off'
        : `automated backups are kept for ${retentionDays} days, and should be for ${keepDays}`,
      remedy: `Set the backup retention period to ${keepDays} days. RDS and ElastiCache keep 35 at most; for more, copy them.`,
    },
  ];
}
