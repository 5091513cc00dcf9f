/** Judges when backups were made, how large they are, and how long they are kept. Pure; every age by the store's own clock (F18). */
import * as z from 'zod';
import type { Schedule } from '../contract.ts';
import { CALENDAR_DAYS } from './calendar.ts';
import type { Made, Problem } from './looking.ts';
import { ageSaid, DAY_MS, daySaid, fewOf, HOUR_MS, sizeSaid, timeSaid } from './words.ts';

type Timing = Pick<Schedule, 'everyHours' | 'graceHours' | 'keepDays'> & Partial<Pick<Schedule, 'maxShrinkPercent'>>;

type Given = {
  /** Oldest first. */
  made: Made[];
  schedule: Timing;
  now: number;
  /** The oldest backup that any run has seen. */
  first: number | undefined;
};

/** Stores erase at midnight, and may take another day for it. */
const ERASING_SLACK_DAYS = 2;

export function judgeSchedule({ made, schedule, now, first }: Given): Problem[] {
  const newest = made.at(-1);
  if (newest === undefined) return [none()];
  return [
    ...judgeAge(newest, schedule, now),
    ...judgeEmpty(newest),
    ...judgeMissing(made, schedule, now),
    ...judgeSize(made, schedule),
    ...judgeOld(made, schedule, now),
    ...judgeReach(made, schedule, now, first),
  ];
}

export function none(): Problem {
  const remedy =
    'Make one now, and find out why none is made. If there are some, correct the source’s place in settings.';
  return { severity: 'critical', thing: 'newest', what: 'there is no backup', remedy };
}

/** What each run adds to what is remembered: without it, a young archive could not be told from one that is cut too short. */
const Memory = z.object({ first: z.iso.datetime() });

export function firstSeen(memory: unknown, made: Made[]): number | undefined {
  const known = Memory.safeParse(memory);
  const times = [known.success ? Date.parse(known.data.first) : undefined, made[0]?.at];
  const given = times.filter((time) => time !== undefined);
  return given.length === 0 ? undefined : Math.min(...given);
}

export function judgeAge({ at, name }: Made, { everyHours, graceHours }: Timing, now: number): Problem[] {
  const age = now - at;
  const limit = (everyHours + graceHours) * HOUR_MS;
  if (age <= limit) return [];
  const isLong = age >= Math.max(2 * everyHours * HOUR_MS, limit);
  const due = `one is due every ${ageSaid(everyHours * HOUR_MS)}, with ${ageSaid(graceHours * HOUR_MS)} of grace`;
  return [
    {
      severity: isLong ? 'critical' : 'warning',
      thing: 'schedule',
      what: `the newest backup, ${name}, is ${ageSaid(age)} old (${timeSaid(at)}); ${due}`,
      remedy: 'See why the job that makes it did not run, or did not finish, and run it now.',
    },
  ];
}

function judgeEmpty({ bytes, name }: Made): Problem[] {
  if (bytes > 0) return [];
  const remedy =
    'Make one now, and see what its job said: it most often ran out of space, or the command before the pipe failed.';
  return [{ severity: 'critical', thing: 'newest', what: `the newest backup, ${name}, has 0 bytes`, remedy }];
}

/** By the time between two: a job that wanders past midnight has not missed a day. */
function judgeMissing(made: Made[], { everyHours, graceHours, keepDays }: Timing, now: number): Problem[] {
  const from = now - Math.min(CALENDAR_DAYS, keepDays) * DAY_MS;
  const every = everyHours * HOUR_MS;
  const missing = made.slice(1).flatMap((next, index) => {
    const before = made[index]?.at ?? next.at;
    if (next.at - before <= every + graceHours * HOUR_MS) return [];
    const count = Math.max(1, Math.round((next.at - before) / every) - 1);
    return Array.from({ length: count }, (_, n) => before + (n + 1) * every).filter((due) => due >= from);
  });
  if (missing.length === 0) return [];
  const said = missing.map(everyHours < 24 ? timeSaid : daySaid);
  const remedy = 'Nothing can be gone back to at that time. See in the job’s log why it did not run.';
  return [{ severity: 'warning', thing: 'missing backups', what: `no backup was made on ${fewOf(said)}`, remedy }];
}

function judgeSize(made: Made[], { maxShrinkPercent }: Timing): Problem[] {
  const [before, newest] = made.filter(({ bytes }) => bytes > 0).slice(-2);
  // An empty one is told already, and is not compared.
  if (maxShrinkPercent === undefined || before === undefined || newest === undefined || newest !== made.at(-1))
    return [];
  const percent = (1 - newest.bytes / before.bytes) * 100;
  if (percent <= maxShrinkPercent) return [];
  const sizes = `${newest.name} has ${sizeSaid(newest.bytes)}, and ${before.name} before it ${sizeSaid(before.bytes)}`;
  return [
    {
      severity: 'warning',
      thing: 'size',
      what: `${sizes}: ${percent.toFixed(1)} % less, and ${maxShrinkPercent} % are allowed`,
      remedy: 'See whether something was left out or deleted. If that was meant, this clears with the next backup.',
    },
  ];
}

function judgeOld(made: Made[], { keepDays }: Timing, now: number): Problem[] {
  const old = made.filter(({ at }) => at < now - (keepDays + ERASING_SLACK_DAYS) * DAY_MS);
  const [oldest] = old;
  if (oldest === undefined) return [];
  return [
    {
      severity: 'warning',
      thing: 'old backups',
      what: `${old.length} are still there that are older than the ${keepDays} days they are kept, since ${daySaid(oldest.at)}`,
      remedy: 'Let a lifecycle rule erase them: they hold data that may have to be gone. Or raise keepDays.',
    },
  ];
}

/** A young archive grows until it reaches back as far as it should; one that does not grow has lost its end. */
export function judgeReach(
  made: Made[],
  { keepDays, everyHours, graceHours }: Timing,
  now: number,
  first = 0,
): Problem[] {
  const oldest = made[0]?.at ?? now;
  const from = Math.max(first, now - keepDays * DAY_MS) + (everyHours + graceHours) * HOUR_MS;
  if (oldest <= from) return [];
  return [
    {
      severity: 'warning',
      thing: 'retention',
      what: `what is kept begins on ${daySaid(oldest)}, and it should reach back ${keepDays} days`,
      remedy: 'Find out what erases them earlier: a lifecycle rule, the job itself, or a person.',
    },
  ];
}
