/** The access review: every key, one CSV line each, streamed to the evidence bucket. */
import { openSpool } from '../runtime/spool.ts';
import type { Store } from '../runtime/store.ts';
import type { Judgement, KeyFacts } from './decide.ts';

const COLUMNS = ['key_id', 'owner', 'owner_name', 'created_at', 'last_used_at', 'idle_days', 'expires_at', 'verdict'];

export type Review = {
  add(key: KeyFacts, judgement: Judgement): void;
  drained(): Promise<void>;
  /** @throws EvidenceError when it cannot be stored */
  store(to: Store, key: string): Promise<void>;
  discard(): Promise<void>;
};

export async function openReview(): Promise<Review> {
  const spool = await openSpool('review.csv.gz');
  const timeOf = timeWriter();
  spool.write(`${COLUMNS.join(',')}\r\n`);
  return {
    add: (key, { idleDays, verdict }) =>
      spool.write(
        `${field(key.keyId)},${field(key.owner ?? '')},${field(key.ownerName)},${timeOf(key.createdAt)},${timeOf(key.lastUsedAt)},` +
          `${key.active ? idleDays : ''},${timeOf(key.expiresAt)},${verdict}\r\n`,
      ),
    drained: spool.drained,
    store: async (to, key) => to.create(key, await spool.finish()),
    discard: spool.discard,
  };
}

/** What RFC 4180 quotes, and what a spreadsheet would take for a formula. */
const SPECIAL = /[",\r\n]|^[=+\-@\t]/;
const FORMULA = /^[=+\-@\t\r]/;

/**
 * One field by RFC 4180. Names come from the system's users, so one that a spreadsheet would run is made text by an apostrophe.
 * A CSV library was measured at more than the time of everything else together; this is all that we need of one.
 */
function field(text: string): string {
  if (!SPECIAL.test(text)) return text;
  const harmless = FORMULA.test(text) ? `'${text}` : text;
  return `"${harmless.replaceAll('"', '""')}"`;
}

const DAY_SECONDS = 86_400;
/** PostgreSQL's calendar goes on for longer than ours, which ends in the year 275760. */
const LAST_SECOND = 8.64e12;

/** ISO 8601 in UTC; seconds since 1970 where there is no such date. Millions of times share a few thousand days, so a day is written once and remembered. */
function timeWriter(): (seconds: number | undefined) => string {
  const days = new Map<number, string>();
  return (seconds) => {
    if (seconds === undefined) return '';
    if (Math.abs(seconds) > LAST_SECOND) return String(seconds);
    const day = Math.floor(seconds / DAY_SECONDS);
    let date = days.get(day);
    if (date === undefined) {
      date = new Date(day * DAY_SECONDS * 1000).toISOString().split('T')[0] ?? '';
      days.set(day, date);
    }
    const rest = seconds - day * DAY_SECONDS;
    return `${date}${MINUTES[Math.trunc(rest / 60)]}${SECONDS[rest % 60]}`;
  };
}

const two = (number: number) => String(number).padStart(2, '0');
const MINUTES = Array.from({ length: 1440 }, (_, minute) => `T${two(Math.trunc(minute / 60))}:${two(minute % 60)}`);
const SECONDS = Array.from({ length: 60 }, (_, second) => `:${two(second)}Z`);
