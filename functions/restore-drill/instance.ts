/** What the drill knows of an instance, of a snapshot, and of its own copies: how they are named and marked. */
import { COPY_PREFIX } from './contract.ts';

/** Writable as JSON, because it goes from step to step. */
export type Instance = {
  id: string;
  /** Given once and never again, also where a name is taken twice. */
  resourceId: string;
  status: string;
  tags: Record<string, string>;
  /** Absent until it can be connected to. */
  endpoint?: { host: string; port: number } | undefined;
  masterUser?: string | undefined;
  latestRestorableTime?: string | undefined;
  isInCluster: boolean;
};

export type Snapshot = { id: string; status: string; createdAt?: string | undefined; isEncrypted: boolean };

/** What is restored, and to which time it goes back. */
export type Point = { snapshot?: string; at: string };

/** Whose copy: one deployment's, and of one of its runs. */
type Owner = { system: string; runbook: string };
export type Copy = { id: string; mark: string };

export const MARK = 'nightshift:scratch';

/** Named by the run: a second attempt of the same run meets its own copy, and no other run can. */
export function copyOf({ system, runbook, runId }: Owner & { runId: string }): Copy {
  return { id: `${COPY_PREFIX}${runId.toLowerCase()}`, mark: `${system}/${runbook}/${runId}` };
}

export function isCopy(instance: Instance, { id, mark }: Copy): boolean {
  return instance.id === id && id.startsWith(COPY_PREFIX) && instance.tags[MARK] === mark;
}

/** Name and mark must both say so: what carries one of them only is somebody else's. */
export function isOfOwner({ id, tags }: Instance, { system, runbook }: Owner): boolean {
  return id.startsWith(COPY_PREFIX) && (tags[MARK] ?? '').startsWith(`${system}/${runbook}/`);
}

const BEGINNING = /\/(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z-[0-9a-f]+$/;

/** When the run that made it began. RDS itself tells no time of an instance that is still being made. */
export function madeAt({ tags }: Instance): number | undefined {
  const [, year, month, day, hour, minute, second] = BEGINNING.exec(tags[MARK] ?? '')?.map(Number) ?? [];
  if (year === undefined || month === undefined) return undefined;
  return Date.UTC(year, month - 1, day, hour, minute, second);
}
