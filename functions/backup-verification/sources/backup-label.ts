/** What PostgreSQL writes of a base backup: in `backup_label`, and in the `.backup` file that it archives at its end. Pure. */
import { lsnOf } from './wal-name.ts';

export type Label = {
  startLsn: bigint;
  timeline: number;
  /** In a `.backup` file only: a label is written when the backup begins. */
  stopLsn?: bigint;
  /** Milliseconds since 1970; undefined where the server writes its times in another zone than UTC. */
  startedAt?: number;
};

/** Undefined for anything else. */
export function labelIn(text: string): Label | undefined {
  const [, start = '', file = ''] = /^START WAL LOCATION: (\S+) \(file ([0-9A-F]{24})\)$/m.exec(text) ?? [];
  const startLsn = lsnOf(start);
  if (startLsn === undefined) return undefined;
  const [, stop = ''] = /^STOP WAL LOCATION: (\S+)/m.exec(text) ?? [];
  const stopLsn = lsnOf(stop);
  const startedAt = timeIn(text);
  // Servers before 11 do not write the timeline; the file's name begins with it.
  const timeline = Number.parseInt(file.slice(0, 8), 16);
  return {
    startLsn,
    timeline,
    ...(stopLsn !== undefined && { stopLsn }),
    ...(startedAt !== undefined && { startedAt }),
  };
}

function timeIn(text: string): number | undefined {
  const [, day, time] = /^START TIME: (\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d) (?:UTC|GMT|Etc\/UTC)$/m.exec(text) ?? [];
  return day === undefined ? undefined : Date.parse(`${day}T${time}Z`);
}
