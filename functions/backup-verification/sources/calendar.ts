/** The days that a page draws. Pure. */
import type { Backup } from '../looked.ts';
import type { Made } from './looking.ts';
import { DAY_MS } from './words.ts';

export const CALENDAR_DAYS = 30;

/** @param made oldest first */
export function calendarOf(made: Made[], now: number): Backup[] {
  return made
    .filter(({ at }) => at >= now - CALENDAR_DAYS * DAY_MS)
    .map(({ at, name, bytes }) => ({
      at: new Date(at).toISOString(),
      name,
      bytes,
      state: bytes === 0 ? 'bad' : 'unverified',
    }));
}
