/** Judges snapshots, states, instances and times. */
import type { Finding } from '../runtime/report.ts';
import type { Settings } from './contract.ts';
import { type Copy, type Instance, isCopy, isOfOwner, madeAt, type Point, type Snapshot } from './instance.ts';

export type Chosen = { point: Point } | { finding: Finding };

/** The newest snapshot that can be restored now: one that is still being made is no backup yet. */
export function chooseSnapshot(snapshots: Snapshot[], { source }: Pick<Settings, 'source'>): Chosen {
  const target = `${source.instance}: backup`;
  const usable = snapshots.flatMap(({ createdAt: at, ...snapshot }) =>
    snapshot.status === 'available' && at !== undefined ? [{ ...snapshot, at }] : [],
  );
  const newest = usable.toSorted((a, b) => Date.parse(b.at) - Date.parse(a.at))[0];
  if (newest === undefined) {
    const what = `there is no automated snapshot that could be restored (${snapshots.length} in all)`;
    return { finding: { severity: 'critical', target, what, remedy: 'Turn automated backups of the instance on.' } };
  }
  if (!newest.isEncrypted && !source.mayBeUnencrypted) {
    const what = `the newest automated snapshot, ${newest.id}, is not encrypted; it was not restored`;
    const remedy = 'Encrypt the instance, or set source.mayBeUnencrypted.';
    return { finding: { severity: 'critical', target, what, remedy } };
  }
  return { point: { snapshot: newest.id, at: newest.at } };
}

export function chooseTime(instance: Pick<Instance, 'id' | 'latestRestorableTime'>): Chosen {
  if (instance.latestRestorableTime !== undefined) return { point: { at: instance.latestRestorableTime } };
  const what = 'RDS names no time that it could be restored to';
  const remedy = 'Turn automated backups of the instance on.';
  return { finding: { severity: 'critical', target: `${instance.id}: backup`, what, remedy } };
}

const HOPELESS =
  /^(failed|restore-error|storage-full|insufficient-capacity|inaccessible-encryption-credentials.*|incompatible-.*|deleting|stopp.*)$/;

/** `gone`: a copy that was there and is no more; somebody else deleted it. */
export function judgeStatus(copy: Pick<Instance, 'status' | 'endpoint'> | undefined): 'ready' | 'waiting' | 'hopeless' {
  if (copy === undefined || HOPELESS.test(copy.status)) return 'hopeless';
  return copy.status === 'available' && copy.endpoint !== undefined ? 'ready' : 'waiting';
}

/** @returns why the instance must not be touched: it is not the copy that this run made */
export function notTheCopy(
  instance: Instance,
  { copy, source }: { copy: Copy; source: Pick<Instance, 'id' | 'resourceId' | 'endpoint'> },
): string | undefined {
  if (!isCopy(instance, copy)) return `${instance.id} does not carry the mark of this run`;
  if (instance.id === source.id || instance.resourceId === source.resourceId) return `${instance.id} is the source`;
  const at = instance.endpoint?.host;
  if (at !== undefined && at === source.endpoint?.host && instance.endpoint?.port === source.endpoint?.port) {
    return `${instance.id} answers at the address of the source`;
  }
  return undefined;
}

const HOUR_MS = 3_600_000;

/** What a run of this deployment left behind. Unknown age is young: it is left alone until a person looks. */
export function leftBehind(
  instances: Instance[],
  { now, sweepAfterHours, ...owner }: { system: string; runbook: string; now: Date; sweepAfterHours: number },
): Instance[] {
  return instances.filter((instance) => {
    const made = madeAt(instance);
    const isOld = made !== undefined && now.getTime() - made >= sweepAfterHours * HOUR_MS;
    return isOfOwner(instance, owner) && isOld;
  });
}

type Measured = { source: string; rpoMinutes?: number | undefined; rtoMinutes?: number | undefined };

/** How much would be lost, and how long getting it back takes, against what was promised. */
export function judgeObjectives(
  { source, rpoMinutes, rtoMinutes }: Measured,
  { objectives }: Pick<Settings, 'objectives'>,
): Finding[] {
  const missed = (target: string, minutes: number, what: string, remedy: string): Finding => ({
    severity: 'warning',
    target: `${source}: ${target}`,
    what: `${what}; ${minutes} minutes were promised`,
    remedy,
  });
  const { rpoMinutes: rpo, rtoMinutes: rto } = objectives;
  return [
    ...(rpoMinutes !== undefined && rpoMinutes > rpo
      ? [
          missed(
            'recovery point',
            rpo,
            `the newest point that could be restored was ${Math.round(rpoMinutes)} minutes old`,
            'Restore to a point in time, or back up more often.',
          ),
        ]
      : []),
    ...(rtoMinutes !== undefined && rtoMinutes > rto
      ? [
          missed(
            'recovery time',
            rto,
            `restoring and checking it took ${Math.round(rtoMinutes)} minutes`,
            'Restore to a larger instance class, or correct what was promised.',
          ),
        ]
      : []),
  ];
}
