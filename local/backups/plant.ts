/** Alexander's backups as a month of nights has left them, most of them in order. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { StandIn } from '../aws/stand-in.ts';
import { labelOf, manifestOf } from './base-backup.ts';

export const BUCKET = 'alexander-backups';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const DAYS = 30;
/** On which no dump was made, counted back from tonight. */
const MISSING_NIGHT = 9;

const DUMPS = resolve(import.meta.dirname, 'dumps');

export type Planted = {
  /** The newest dump, which is in order. */
  dumpKey: string;
  /** The last segments before and after the hole in the archive. */
  gap: { before: string; after: string };
};

export function plantBackups(aws: StandIn): Planted {
  aws.createBucket(BUCKET, { versioned: true });
  aws.setLifecycle(BUCKET, [
    { id: 'dumps', prefix: 'dumps/', expireDays: DAYS, noncurrentDays: 7 },
    { id: 'base', prefix: 'base/', expireDays: DAYS, noncurrentDays: 7 },
    // None for `wal/`: it grows for ever.
  ]);
  const now = aws.clock.now().getTime();
  const dumpKey = plantDumps(aws, now);
  plantTorn(aws, now);
  return { dumpKey, gap: plantArchive(aws, now) };
}

/** Nightly, in pg_dump's custom format, and one night without. */
function plantDumps(aws: StandIn, now: number): string {
  const body = readFileSync(resolve(DUMPS, 'alexander.dump'));
  const keys = Array.from({ length: DAYS }, (_, ago) => ago)
    .filter((ago) => ago !== MISSING_NIGHT)
    .map((ago) => {
      const lastModified = new Date(now - ago * DAY_MS - 2 * HOUR_MS);
      const key = `dumps/alexander_${lastModified.toISOString().slice(0, 10)}.dump`;
      aws.putObject(BUCKET, key, body, { lastModified });
      return key;
    });
  return keys[0] ?? '';
}

/** The dump before the last maintenance: the job was killed, and nobody looked. */
function plantTorn(aws: StandIn, now: number): void {
  const whole = readFileSync(resolve(DUMPS, 'alexander.sql.gz'));
  const lastModified = new Date(now - 20 * HOUR_MS);
  aws.putObject(BUCKET, 'maintenance/alexander.sql.gz', whole.subarray(0, Math.floor(whole.length * 0.7)), {
    lastModified,
  });
}

const SEGMENTS = 40;
/** Of 40 segments, one every half hour. */
const LOST = 25;

/** A base backup of last night, and the WAL since: but for one segment, which was never archived. */
function plantArchive(aws: StandIn, now: number): Planted['gap'] {
  const began = now - SEGMENTS * HOUR_MS * 0.5;
  const folder = `base/${new Date(began).toISOString().slice(0, 10)}/`;
  const lsns = { startLsn: lsnOf(1), stopLsn: lsnOf(2) };
  const lastModified = new Date(began);
  const files = {
    backup_label: labelOf({ startLsn: lsns.startLsn, firstSegment: segmentOf(1), at: lastModified }),
    'base.tar.gz': 'as large as a database',
    backup_manifest: manifestOf(lsns),
  };
  for (const [name, body] of Object.entries(files)) aws.putObject(BUCKET, folder + name, body, { lastModified });
  for (let number = 1; number <= SEGMENTS; number += 1) {
    if (number === LOST) continue;
    const archivedAt = new Date(began + number * HOUR_MS * 0.5);
    aws.putObject(BUCKET, `wal/${segmentOf(number)}.gz`, 'some changes', { lastModified: archivedAt });
  }
  return { before: segmentOf(LOST - 1), after: segmentOf(LOST + 1) };
}

/** Of 16 MB each, on timeline 1. */
function segmentOf(number: number): string {
  return `0000000100000000${number.toString(16).toUpperCase().padStart(8, '0')}`;
}

function lsnOf(segment: number): string {
  return `0/${(segment * 16 * 1024 * 1024 + 0x28).toString(16).toUpperCase()}`;
}
