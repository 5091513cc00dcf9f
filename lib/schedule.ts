/**
 * What an EventBridge Scheduler expression means in hours: `watch` must know how long a runbook may be silent. Knows
 * `rate(…)` and those `cron(…)` expressions whose days repeat; the calendar forms L, W and # it leaves to a person.
 */

const HOURS_PER_UNIT: Record<string, number> = { minute: 1 / 60, hour: 1, day: 24 };
const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const WEEKDAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];
const DAY_MS = 24 * 60 * 60 * 1000;
/** Eight years hold two runs of any schedule, one for 29 February included. */
const DAYS_LOOKED_AT = 2 * (4 * 365 + 1);

const RATE = /^rate\((\d+) (minute|hour|day)s?\)$/;
const CRON = /^cron\(([^()]+)\)$/;

/** `names` may stand for the numbers from `from` on; `blank` fields may say ?, which means no condition. */
type Field = { name: string; from: number; to: number; names?: string[]; blank?: true };
const MINUTES: Field = { name: 'minutes', from: 0, to: 59 };
const HOURS: Field = { name: 'hours', from: 0, to: 23 };
const DAY_OF_MONTH: Field = { name: 'day-of-month', from: 1, to: 31, blank: true };
const MONTH: Field = { name: 'month', from: 1, to: 12, names: MONTHS };
const DAY_OF_WEEK: Field = { name: 'day-of-week', from: 1, to: 7, names: WEEKDAYS, blank: true };

/** Thrown for an expression that EventBridge Scheduler would refuse; the message says what is allowed. */
export class ScheduleError extends Error {
  override readonly name = 'ScheduleError';
}

/**
 * The longest time between two runs, in hours, in a time zone without clock changes (a change moves it by an hour, which
 * `watch`'s grace covers). `undefined` where only a calendar can tell: L, W, # or a list of years.
 */
export function longestGapHours(expression: string): number | undefined {
  const rate = RATE.exec(expression);
  if (rate) return rateHours(rate);
  const cron = CRON.exec(expression)?.[1];
  if (cron === undefined) {
    throw new ScheduleError(
      `got "${expression}"; allowed: rate(2 days) or cron(minutes hours day-of-month month day-of-week year)`,
    );
  }
  return cronHours(cron.trim().split(/\s+/), expression);
}

function rateHours([expression, count, unit]: RegExpExecArray): number {
  if (Number(count) < 1) throw new ScheduleError(`got "${expression}"; a rate is at least 1`);
  return Number(count) * (HOURS_PER_UNIT[unit ?? ''] ?? 0);
}

function cronHours(fields: string[], expression: string): number | undefined {
  const [minutes, hours, dayOfMonth, month, dayOfWeek, year] = fields;
  if (!minutes || !hours || !dayOfMonth || !month || !dayOfWeek || !year || fields.length > 6) {
    throw new ScheduleError(
      `got "${expression}"; cron has six fields: minutes hours day-of-month month day-of-week year`,
    );
  }
  if ((dayOfMonth === '?') === (dayOfWeek === '?')) {
    throw new ScheduleError(`got "${expression}"; exactly one of day-of-month and day-of-week must be ?`);
  }
  if (year !== '*' || /[LW#]/.test(dayOfMonth.replace(/\?/, '')) || /[L#]/.test(dayOfWeek)) return undefined;
  const timesOfDay = timesMinutes(values(minutes, MINUTES), values(hours, HOURS));
  const runs = runDays(values(dayOfMonth, DAY_OF_MONTH), values(month, MONTH), values(dayOfWeek, DAY_OF_WEEK));
  return Math.max(gapInDayMinutes(timesOfDay), gapOverNightMinutes(runs, timesOfDay)) / 60;
}

/** The numbers that one field of a cron expression stands for. */
function values(text: string, field: Field): Set<number> {
  return new Set(text.split(',').flatMap((part) => partValues(part, field)));
}

function partValues(part: string, field: Field): number[] {
  const [range = '', step = '1'] = part.split('/');
  const [first = '', last] = isAll(range, field) ? [String(field.from), String(field.to)] : range.split('-');
  const from = numberOf(first, field);
  const to = last === undefined ? (part.includes('/') ? field.to : from) : numberOf(last, field);
  const every = Number(step);
  if (!Number.isInteger(every) || every < 1 || from > to) {
    throw new ScheduleError(
      `${field.name} got "${part}"; allowed: numbers from ${field.from} to ${field.to}, a-b, a,b or a/step`,
    );
  }
  return Array.from({ length: Math.floor((to - from) / every) + 1 }, (_, index) => from + index * every);
}

function isAll(text: string, field: Field): boolean {
  return text === '*' || (text === '?' && field.blank === true);
}

function numberOf(text: string, field: Field): number {
  const named = field.names?.indexOf(text.toUpperCase()) ?? -1;
  const value = named >= 0 ? named + field.from : Number(text === '' ? Number.NaN : text);
  if (Number.isInteger(value) && value >= field.from && value <= field.to) return value;
  throw new ScheduleError(
    `${field.name} got "${text}"; allowed: ${field.from} to ${field.to}${field.names ? ` or ${field.names.join(', ')}` : ''}`,
  );
}

function timesMinutes(minutes: Set<number>, hours: Set<number>): number[] {
  const times = [...hours].flatMap((hour) => [...minutes].map((minute) => hour * 60 + minute));
  return times.toSorted((a, b) => a - b);
}

/** The days, counted from 1 January 2024, on which the schedule runs. */
function runDays(daysOfMonth: Set<number>, months: Set<number>, daysOfWeek: Set<number>): number[] {
  const firstMs = Date.UTC(2024, 0, 1);
  return Array.from({ length: DAYS_LOOKED_AT }, (_, day) => day).filter((day) => {
    const date = new Date(firstMs + day * DAY_MS);
    const onDay = daysOfMonth.has(date.getUTCDate()) && daysOfWeek.has(date.getUTCDay() + 1);
    return onDay && months.has(date.getUTCMonth() + 1);
  });
}

function gapInDayMinutes(times: number[]): number {
  return times.reduce((longest, time, index) => Math.max(longest, time - (times[index - 1] ?? time)), 0);
}

function gapOverNightMinutes(days: number[], times: number[]): number {
  const longestDays = days.reduce((longest, day, index) => Math.max(longest, day - (days[index - 1] ?? day)), 0);
  if (longestDays === 0) throw new ScheduleError('day-of-month and month name a day that never comes');
  return longestDays * 24 * 60 + (times.at(0) ?? 0) - (times.at(-1) ?? 0);
}
