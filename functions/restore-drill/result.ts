/** Folds what happened in a drill into its result: findings, figures, and the detail that the page draws. */
import type { DurableResult } from '../runtime/durable.ts';
import type { Finding, Metric, Outcome } from '../runtime/report.ts';
import type { Detail } from './contract.ts';
import { judgeObjectives } from './decide.ts';
import type { Drill } from './drill.ts';
import type { Point } from './instance.ts';
import type { Looked } from './look.ts';

export type Ending = NonNullable<DurableResult['ending']>;

/** What happened, as far as it came. */
export type Course = {
  findings: Finding[];
  copy?: string;
  point?: Point;
  askedAt?: string;
  readyAt?: string;
  lookedAt?: string;
  tables?: Looked['tables'];
  examined?: number;
  /** Why the copy is still there. */
  left?: string | undefined;
  /** Set where the drill could not be carried through. */
  ending?: Ending;
};

export function resultOf(drill: Drill, { outcomes, course }: { outcomes: Outcome[]; course: Course }): DurableResult {
  const measured = measure(drill, course);
  const detail = detailOf(drill, course, measured);
  const metrics = metricsOf(course, measured);
  const settled = course.left === undefined;
  const carried = { examined: course.examined ?? 0, outcomes, metrics, detail, settled };
  if (course.ending) {
    const because = [course.ending.because, ...(course.left ? [leftOver(course.left)] : [])].join(' ');
    // What was found before stays found: half a drill says nothing about the rest.
    return { ...carried, ending: { ...course.ending, because } };
  }
  return { ...carried, findings: [...course.findings, ...left(drill, course), ...objectives(drill, measured)] };
}

function leftOver(why: string): string {
  return `The copy was left behind: ${why}. The daily sweep removes it.`;
}

function left({ settings }: Drill, { copy, left: why }: Course): Finding[] {
  if (why === undefined) return [];
  const remedy = `The daily sweep deletes it; or delete ${copy} by hand, without a final snapshot.`;
  return [{ severity: 'critical', target: `${settings.source.instance}: copy`, what: why, remedy }];
}

type Measured = { rpoMinutes?: number; rtoMinutes?: number };

const MINUTE_MS = 60_000;

/** The recovery point’s age when the drill began; the recovery time from asking for the copy to the end of the checks. */
function measure({ now }: Drill, { point, askedAt, lookedAt }: Course): Measured {
  const between = (from: string, to: number) => Math.max(0, to - Date.parse(from)) / MINUTE_MS;
  return {
    ...(point && { rpoMinutes: between(point.at, now.getTime()) }),
    ...(askedAt && lookedAt && { rtoMinutes: between(askedAt, Date.parse(lookedAt)) }),
  };
}

function objectives({ settings }: Drill, measured: Measured): Finding[] {
  return judgeObjectives({ source: settings.source.instance, ...measured }, settings);
}

function metricsOf({ tables }: Course, { rpoMinutes, rtoMinutes }: Measured): Record<string, Metric> {
  const rows = tables?.reduce((sum, table) => sum + table.rows, 0);
  return {
    ...(rpoMinutes !== undefined && { RecoveryPointAge: { value: Math.round(rpoMinutes * 60), unit: 'Seconds' } }),
    ...(rtoMinutes !== undefined && { RestoreDuration: { value: Math.round(rtoMinutes * 60), unit: 'Seconds' } }),
    ...(rows !== undefined && { RowsRestored: { value: rows, unit: 'Count' } }),
  };
}

function detailOf({ settings }: Drill, course: Course, { rpoMinutes, rtoMinutes }: Measured): Detail {
  const { point, copy, askedAt, readyAt, lookedAt, tables = [] } = course;
  const at = (time: string | undefined, what: string) => (time === undefined ? [] : [{ at: time, what }]);
  return {
    source: settings.source.instance,
    ...(point && { from: point.snapshot ?? `its state of ${point.at}`, recoveryPoint: point.at }),
    ...(copy !== undefined && { copy }),
    timeline: [
      ...at(point?.at, 'recovery point'),
      ...at(askedAt, 'copy asked for'),
      ...at(readyAt, 'copy available'),
      ...at(lookedAt, 'checks done'),
    ],
    rpo: { ...(rpoMinutes !== undefined && { minutes: rpoMinutes }), target: settings.objectives.rpoMinutes },
    rto: { ...(rtoMinutes !== undefined && { minutes: rtoMinutes }), target: settings.objectives.rtoMinutes },
    tables,
  };
}
