/** Judges the snapshots of one replication group of ElastiCache. Pure. */
import type { SourceOf } from '../contract.ts';
import { firstSeen } from './decide-schedule.ts';
import { judgeSnapshots, type Snapshot, snapshotCalendar, usable } from './decide-snapshot.ts';
import type { Problem } from './looking.ts';
import { fewOf, timeSaid } from './words.ts';

type CacheSource = SourceOf<'cache-snapshot'>;

export type CacheFacts = {
  /** Undefined where there is no such group any more; its snapshots may still be there. */
  group: { nodeGroups: string[]; retentionDays: number } | undefined;
  snapshots: { name: string; status: string; nodes: { nodeGroup: string | undefined; at: number; bytes: number }[] }[];
};

type Read = CacheFacts['snapshots'][number];

export function judgeCache(
  { group, snapshots }: CacheFacts,
  source: CacheSource,
  { memory, now }: { memory: unknown; now: number },
) {
  const all = snapshots.map((snapshot) => snapshotOf(snapshot, group, now)).toSorted((a, b) => a.at - b.at);
  const first = firstSeen(memory, usable(all));
  const retentionDays = group?.retentionDays;
  return {
    problems: [
      ...judgeSnapshots({ all, retentionDays, schedule: source.schedule, now, first }),
      ...judgeGroup(group, source),
    ],
    examined: all.length,
    backups: snapshotCalendar(all, now),
    said: saidOf(usable(all)),
    recoveryPoint: usable(all).findLast(({ lacks }) => lacks === undefined)?.at,
    memory: first === undefined ? undefined : { first: new Date(first).toISOString() },
  };
}

/** Its parts are written at different times, and all of it is as old as the oldest. */
function snapshotOf({ name, status, nodes }: Read, group: CacheFacts['group'], now: number): Snapshot {
  const at = nodes.length === 0 ? now : Math.min(...nodes.map((node) => node.at));
  const bytes = Math.max(
    1,
    nodes.reduce((sum, node) => sum + node.bytes, 0),
  );
  const lacking = lackingOf(nodes, group?.nodeGroups ?? []);
  const lacks =
    lacking.length === 0
      ? {}
      : { lacks: `does not have node ${lacking.length === 1 ? 'group' : 'groups'} ${fewOf(lacking)}` };
  return { name, status, at, bytes, ...lacks };
}

/** A group of one node group may leave its name out. */
function lackingOf(nodes: Read['nodes'], nodeGroups: string[]): string[] {
  const there = new Set(nodes.map(({ nodeGroup }) => nodeGroup));
  if (nodeGroups.length === 1 && nodes.length > 0 && there.has(undefined)) return [];
  return nodeGroups.filter((nodeGroup) => !there.has(nodeGroup));
}

function judgeGroup(group: CacheFacts['group'], { replicationGroupId, region }: CacheSource): Problem[] {
  if (group !== undefined) return [];
  const what = `there is no replication group ${replicationGroupId} in ${region}`;
  const remedy =
    'If it was deleted, restore it from its last snapshot. If its name has changed, correct replicationGroupId.';
  return [{ severity: 'critical', thing: 'replication group', what, remedy }];
}

function saidOf(all: Snapshot[]): string {
  const newest = all.at(-1);
  if (newest === undefined) return 'There is no snapshot that can be used.';
  return `${all.length} ${all.length === 1 ? 'snapshot' : 'snapshots'}; the newest is ${newest.name} of ${timeSaid(newest.at)}.`;
}
