/** What looking at a source is given, and how what is wrong with it becomes findings. Pure. */
import type { Finding } from '../../runtime/report.ts';
import type { Source } from '../contract.ts';
import type { Backup, Looked } from '../looked.ts';

export type Looking = {
  /** Seeds whatever is chosen by chance, so that a run can be told again. */
  runId: string;
  /** What this source remembered in the last run. */
  memory: unknown;
};

/** `thing` is what of the source is meant, as in `size`. Of one thing, one problem. */
export type Problem = Omit<Finding, 'target'> & { thing: string };

/** One backup, as it lies there. `at`: milliseconds since 1970, of the store's clock. */
export type Made = { at: number; name: string; bytes: number };

type Judged = {
  problems: Problem[];
  examined: number;
  backups: Backup[];
  said: string;
  /** Milliseconds since 1970. */
  recoveryPoint?: number | undefined;
  memory?: unknown;
};

export function lookedOf(source: Pick<Source, 'name' | 'kind' | 'protects'>, judged: Judged): Looked {
  const { problems, recoveryPoint, memory, ...rest } = judged;
  return {
    ...rest,
    source: source.name,
    kind: source.kind,
    protects: source.protects,
    findings: problems.map(({ thing, ...problem }) => ({ ...problem, target: `${source.name}: ${thing}` })),
    ...(recoveryPoint !== undefined && { recoveryPoint: new Date(recoveryPoint).toISOString() }),
    ...(memory !== undefined && { memory }),
  };
}
