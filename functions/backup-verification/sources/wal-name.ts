/** What the name of a file in a WAL archive says. Pure. */

/** A segment is a number on a timeline: the log's position divided by the size of a segment. */
export type Place = { timeline: number; number: number };

export type WalFile =
  | ({ kind: 'segment' | 'partial'; isCompressed: boolean } & Place)
  /** Where a timeline comes from. */
  | { kind: 'history'; timeline: number }
  /** What the server wrote of a base backup when it ended; `start` is its name without the ending. */
  | { kind: 'backup'; start: string }
  | { kind: 'other' };

const COMPRESSED = '(\\.(?:gz|lz4|zst|bz2|xz|lzo|br))?';
const SEGMENT = new RegExp(`^([0-9A-F]{8})([0-9A-F]{8})([0-9A-F]{8})(\\.partial)?${COMPRESSED}$`);
const HISTORY = new RegExp(`^([0-9A-F]{8})\\.history${COMPRESSED}$`);
const BACKUP = new RegExp(`^([0-9A-F]{24}\\.[0-9A-F]{8})\\.backup${COMPRESSED}$`);

const LOG_BYTES = 2 ** 32;

/** @param key of an object; what is before the last slash does not matter */
export function walFileOf(key: string, segmentBytes: number): WalFile {
  const name = key.slice(key.lastIndexOf('/') + 1);
  const [, timeline, log = '', part = '', partial, compressed] = SEGMENT.exec(name) ?? [];
  if (timeline !== undefined) {
    const perLog = LOG_BYTES / segmentBytes;
    // A part that this size of segments does not have: segmentMb in settings is not the server's.
    if (hex(part) >= perLog) return { kind: 'other' };
    const place = { timeline: hex(timeline), number: hex(log) * perLog + hex(part) };
    return { kind: partial === undefined ? 'segment' : 'partial', isCompressed: compressed !== undefined, ...place };
  }
  const [, of] = HISTORY.exec(name) ?? [];
  if (of !== undefined) return { kind: 'history', timeline: hex(of) };
  const [, start] = BACKUP.exec(name) ?? [];
  return start === undefined ? { kind: 'other' } : { kind: 'backup', start };
}

/** As PostgreSQL names it, 24 digits. */
export function segmentName({ timeline, number }: Place, segmentBytes: number): string {
  const perLog = LOG_BYTES / segmentBytes;
  return [timeline, Math.floor(number / perLog), number % perLog].map(digits).join('');
}

/** The name of the file that the server archives when a base backup that began there has ended. */
export function backupFileName(timeline: number, startLsn: bigint, segmentBytes: number): string {
  const number = Number(startLsn / BigInt(segmentBytes));
  return `${segmentName({ timeline, number }, segmentBytes)}.${digits(Number(startLsn % BigInt(segmentBytes)))}`;
}

/** `0/2000028`. Undefined for anything else. */
export function lsnOf(text: string): bigint | undefined {
  const [, high, low] = /^([0-9A-Fa-f]{1,8})\/([0-9A-Fa-f]{1,8})$/.exec(text.trim()) ?? [];
  return high === undefined || low === undefined ? undefined : (BigInt(`0x${high}`) << 32n) + BigInt(`0x${low}`);
}

const hex = (text: string) => Number.parseInt(text, 16);
const digits = (value: number) => value.toString(16).toUpperCase().padStart(8, '0');
