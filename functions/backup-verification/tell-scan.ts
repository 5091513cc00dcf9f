/** What reading a dump to its end says of it, without a database. Pure. */
import type { Defect, Scan } from '../dump/dump.ts';
import { fewOf } from './sources/words.ts';
import type { Told } from './verified.ts';

/** Until this is empty, nothing is restored. */
export function tellScan(scan: Scan, expectedSha256: string | undefined): Told[] {
  const { defect, sha256, psqlCommands, tables } = scan;
  const told: Told[] = [];
  if (defect) told.push(tellDefect(defect));
  if (expectedSha256 !== undefined && expectedSha256 !== sha256) {
    told.push({
      severity: 'critical',
      thing: 'checksum',
      what: `its SHA-256 is ${sha256}, and the file beside it says ${expectedSha256}`,
      remedy: 'Find out which of the two was changed since it was made. Use an older backup until then.',
    });
  }
  if (psqlCommands.length > 0) {
    told.push({
      severity: 'critical',
      thing: 'commands for psql',
      what: `psql would carry out commands of its own while restoring it (${psqlCommands.length} seen): ${fewOf(psqlCommands, psqlCommands.length, 3)}`,
      remedy:
        'pg_dump writes no such thing: find out who changed the dump, or who could put line breaks into a name (CVE-2025-8714). Do not restore it with psql.',
    });
  }
  if (!defect && tables.length === 0) {
    told.push({
      severity: 'critical',
      thing: 'tables',
      what: 'the dump is whole, and has no table in it',
      remedy: 'Look at the database that is dumped, and at the role that dumps it: what it may not see is left out.',
    });
  }
  return told;
}

/** A dump that cannot be read to its end, by the scan or by the restore. */
export function tellDefect(defect: Defect): Told {
  return { severity: 'critical', thing: 'file', what: WHAT[defect.kind](defect), remedy: REMEDY[defect.kind] };
}

const WHAT: Record<Defect['kind'], (defect: Defect) => string> = {
  empty: () => 'the file is empty',
  'not a dump': ({ what }) => `it is no dump: ${what}`,
  'cut off': ({ what }) => `it is cut off: ${what}`,
  corrupt: ({ what }) => `it is damaged: ${what}`,
  'no end': ({ what }) => `it is the beginning of a dump, in a file that is whole: ${what}`,
  'bytes after the end': ({ what }) => `something follows the end of the dump: ${what}`,
  unsupported: ({ what }) => `it was not verified: ${what}`,
};

const MAKE_AGAIN =
  'Make a new backup now, and find out why this one was not written to its end: a full disk, a killed job.';

const REMEDY: Record<Defect['kind'], string> = {
  empty: MAKE_AGAIN,
  'not a dump': 'Correct the source’s prefix, suffix or key, or what the backup job writes there.',
  'cut off': MAKE_AGAIN,
  corrupt: 'Make a new backup now; check the disk and the network that it went through, and keep a .sha256 beside it.',
  'no end': `${MAKE_AGAIN} In a pipe, gzip ends well even where pg_dump does not: use set -o pipefail.`,
  'bytes after the end': 'Find out what else writes to this object: two jobs at once, or an append.',
  unsupported: 'Have the backup job write plain SQL or the custom format, uncompressed or with gzip.',
};
