/**
 * sweep → choose → restore → wait → look → remove → report. Whatever happens between, the copy is removed; and where even that
 * cannot be, the next run removes it.
 */
import type { DurableResult } from '../runtime/durable.ts';
import { describe, InputError, RefusalError } from '../runtime/errors.ts';
import type { Finding, Outcome } from '../runtime/report.ts';
import { choose } from './choose.ts';
import type { Chosen } from './decide.ts';
import type { Drill } from './drill.ts';
import { copyOf } from './instance.ts';
import { lookInto } from './look.ts';
import { openRds } from './rds.ts';
import { removeCopy, sweep } from './remove.ts';
import { restore, untilReady } from './restore.ts';
import { type Course, type Ending, resultOf } from './result.ts';

/** @throws RefusalError where it cannot look for what was left behind: a drill that cannot clean up must not begin */
export async function run(given: Omit<Drill, 'rds'>): Promise<DurableResult> {
  const drill: Drill = { ...given, rds: openRds() };
  const outcomes = await sweep(drill);
  if (drill.input.sweepOnly) return swept(outcomes);
  const ending = await stopped(drill);
  if (ending) return { examined: 0, outcomes, ending, settled: true };
  const chosen = await choose(drill);
  const course = 'finding' in chosen ? { findings: [chosen.finding] } : await tryOut(drill, chosen);
  return resultOf(drill, { outcomes, course });
}

/** Without findings: it looked at no backup, so the watcher must not take it for a drill. */
function swept(outcomes: Outcome[]): DurableResult {
  const failed = outcomes.filter(({ status }) => status === 'failed').map(({ target }) => target);
  const because = `Copies that were left behind could not be deleted: ${failed.join(', ')}.`;
  const ending = failed.length > 0 ? { verdict: 'failed' as const, because } : undefined;
  return { examined: 0, outcomes, settled: true, ...(ending && { ending }) };
}

async function stopped({ once, halt }: Drill): Promise<Ending | undefined> {
  const answer = await once('ask whether it was halted', halt);
  if (answer.go) return undefined;
  return { verdict: answer.kind === 'halted' ? 'skipped' : 'refused', because: answer.because };
}

type Choice = Extract<Chosen, { point: unknown }> & Awaited<ReturnType<typeof choose>>;

/** Never throws: what began must be taken away again, and told. */
async function tryOut(drill: Drill, choice: Choice): Promise<Course> {
  const copy = copyOf(drill);
  const course: Course = { findings: [], copy: copy.id, point: choice.point };
  try {
    await follow(drill, choice, course);
  } catch (error) {
    const isRefusal = error instanceof RefusalError || error instanceof InputError;
    course.ending = { verdict: isRefusal ? 'refused' : 'failed', because: describe(error) };
  }
  course.left = await removeCopy(drill, copy);
  return course;
}

async function follow(drill: Drill, { point, source }: Choice, course: Course): Promise<void> {
  const copy = copyOf(drill);
  course.askedAt = await restore(drill, { copy, point });
  const waited = await untilReady(drill, copy);
  if (waited.kind !== 'ready') {
    course.findings.push(notRestored(drill, waited));
    return;
  }
  course.readyAt = waited.at;
  const looked = await drill.once('look into the copy', async () => {
    const seen = await lookInto(drill, { copy, source, recoveryPoint: point.at });
    return { ...seen, at: new Date().toISOString() };
  });
  course.lookedAt = looked.at;
  course.tables = looked.tables;
  course.examined = looked.examined;
  course.findings.push(...looked.findings);
}

function notRestored({ settings }: Drill, { kind, status }: { kind: 'hopeless' | 'late'; status: string }): Finding {
  const what =
    kind === 'late'
      ? `the copy was still ${status} after ${settings.copy.timeoutMinutes} minutes`
      : `the copy became ${status} and will never be available`;
  const remedy = 'Read the events of the copy in RDS; restore by hand, and correct settings.copy.';
  return { severity: 'critical', target: `${settings.source.instance}: restore`, what, remedy };
}
