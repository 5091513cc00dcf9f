/** Judges the snapshots of one database of RDS. Pure. */
import type { SourceOf } from '../contract.ts';
import { firstSeen } from './decide-schedule.ts';
import { judgeSnapshots, type Snapshot, snapshotCalendar, usable } from './decide-snapshot.ts';
import type { Problem } from './looking.ts';
import { fewOf, timeSaid } from './words.ts';

type RdsSource = SourceOf<'rds-snapshot'>;

export type RdsFacts = {
  /** Undefined where there is no such database any more; its snapshots may still be there. */
  database: { retentionDays: number; latestRestorable: number | undefined } | undefined;
  snapshots: { id: string; at: number | undefined; status: string; isEncrypted: boolean; bytes: number }[];
};

export function judgeRds(
  { database, snapshots }: RdsFacts,
  source: RdsSource,
  { memory, now }: { memory: unknown; now: number },
) {
  // Without a time, it is only just being made.
  const all = snapshots
    .map(({ id, at = now, status, bytes }): Snapshot => ({ name: id, at, status, bytes }))
    .toSorted((a, b) => a.at - b.at);
  const isAutomated = source.type === 'automated';
  const first = firstSeen(memory, usable(all));
  const retentionDays = isAutomated ? database?.retentionDays : undefined;
  const latest = isAutomated ? database?.latestRestorable : undefined;
  const newest = usable(all).at(-1)?.at;
  return {
    problems: [
      ...judgeSnapshots({ all: withBytes(all), retentionDays, schedule: source.schedule, now, first }),
      ...judgeEncryption(snapshots, source),
      ...judgeDatabase(database, source),
    ],
    examined: all.length,
    backups: snapshotCalendar(withBytes(all), now),
    said: saidOf(usable(all), latest),
    // A database that is gone has its last snapshot, and no point in time any more.
    recoveryPoint: latest === undefined && newest === undefined ? undefined : Math.max(latest ?? 0, newest ?? 0),
    memory: first === undefined ? undefined : { first: new Date(first).toISOString() },
  };
}

/** Clusters tell no size, or a nominal one; a snapshot that is available is never empty. */
function withBytes(all: Snapshot[]): Snapshot[] {
  return all.map((snapshot) => ({ ...snapshot, bytes: Math.max(1, snapshot.bytes) }));
}

function judgeEncryption(snapshots: RdsFacts['snapshots'], { mayBeUnencrypted }: RdsSource): Problem[] {
  const open = snapshots.filter(({ isEncrypted }) => !isEncrypted);
  if (mayBeUnencrypted || open.length === 0) return [];
  const what = `not encrypted: ${fewOf(open.map(({ id }) => id))}`;
  const remedy =
    'Copy them with a key and delete these; a database is encrypted by restoring such a copy. Or set mayBeUnencrypted.';
  return [{ severity: 'warning', thing: 'encryption', what, remedy }];
}

function judgeDatabase(database: RdsFacts['database'], { of, identifier, region }: RdsSource): Problem[] {
  if (database !== undefined) return [];
  const what = `there is no ${of} ${identifier} in ${region}`;
  const remedy = 'If it was deleted, restore it from its last snapshot. If its name has changed, correct identifier.';
  return [{ severity: 'critical', thing: of, what, remedy }];
}

function saidOf(all: Snapshot[], latest: number | undefined): string {
  const newest = all.at(-1);
  const point = latest === undefined ? '' : ` Any point up to ${timeSaid(latest)} can be restored.`;
  if (newest === undefined) return `There is no snapshot that can be used.${point}`;
  return `${all.length} ${all.length === 1 ? 'snapshot' : 'snapshots'}; the newest is ${newest.name} of ${timeSaid(newest.at)}.${point}`;
}
