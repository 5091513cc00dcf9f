/** The two small files of a base backup that tell what it is: as pg_basebackup writes them, of a backup that nobody took. */
import { createHash } from 'node:crypto';

/** Of one file and one range of WAL, on timeline 1. */
export function manifestOf({ startLsn, stopLsn }: { startLsn: string; stopLsn: string }): string {
  const head = `{ "PostgreSQL-Backup-Manifest-Version": 1,
"Files": [
{ "Path": "PG_VERSION", "Size": 3, "Last-Modified": "2026-01-01 00:00:00 GMT", "Checksum-Algorithm": "CRC32C", "Checksum": "00000000" }
],
"WAL-Ranges": [
{ "Timeline": 1, "Start-LSN": "${startLsn}", "End-LSN": "${stopLsn}" }
],
`;
  return `${head}"Manifest-Checksum": "${createHash('sha256').update(head).digest('hex')}"}\n`;
}

export function labelOf({ startLsn, firstSegment, at }: { startLsn: string; firstSegment: string; at: Date }): string {
  const time = `${at.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
  return `START WAL LOCATION: ${startLsn} (file ${firstSegment})
CHECKPOINT LOCATION: ${startLsn}
BACKUP METHOD: streamed
BACKUP FROM: primary
START TIME: ${time}
LABEL: pg_basebackup base backup
START TIMELINE: 1
`;
}
