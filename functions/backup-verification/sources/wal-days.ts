/** An archive's days: so many segments are no calendar. Pure. */
import type { Backup } from '../looked.ts';
import { CALENDAR_DAYS } from './calendar.ts';
import { DAY_MS, daySaid } from './words.ts';

type Day = { at: number; count: number; bytes: number };

export type Days = { add(at: number, bytes: number): void; backups(now: number): Backup[] };

export function createDays(): Days {
  const days = new Map<string, Day>();
  return {
    add: (at, bytes) => {
      const day = days.get(daySaid(at)) ?? { at, count: 0, bytes: 0 };
      days.set(daySaid(at), { at: Math.max(day.at, at), count: day.count + 1, bytes: day.bytes + bytes });
    },
    backups: (now) =>
      [...days.values()]
        .filter(({ at }) => at >= now - CALENDAR_DAYS * DAY_MS)
        .sort((a, b) => a.at - b.at)
        .map(({ at, count, bytes }) => {
          const name = `${count} ${count === 1 ? 'segment' : 'segments'}`;
          return { at: new Date(at).toISOString(), name, bytes, state: 'unverified' };
        }),
  };
}
