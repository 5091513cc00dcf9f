/** Restores one dump into a scratch database, looks into it, and drops it again. */
import type { Scan } from '../dump/dump.ts';
import { readDump } from '../dump/read.ts';
import { type Restored, restoreDump } from '../restore/restore.ts';
import { type Checked, checkRestored } from '../restored/check.ts';
import type { Deadline } from '../runtime/deadline.ts';
import { RefusalError } from '../runtime/errors.ts';
import type { Session } from '../runtime/postgres.ts';
import type { Finding } from '../runtime/report.ts';
import { dropScratch, enterScratch, makeScratch } from '../scratch/scratch.ts';
import type { Run } from '../scratch/server.ts';
import { stopped, takeUp } from './going.ts';
import type { Going } from './memory.ts';
import { inStore } from './sources/stores.ts';
import { tellRestored, together } from './tell-restored.ts';
import { tellDefect } from './tell-scan.ts';
import { insideOf, tooLarge } from './time.ts';
import { type Step, targeted, type Verification, type Verifying } from './verified.ts';

type Restoring = Verifying & {
  scan: Scan;
  scratch: Run;
  database: string;
  going: Going | undefined;
  deadline: Deadline;
};

/** @throws RefusalError where the isolated PostgreSQL may not be used, or does not answer */
export async function restoreAndCheck(verifying: Verifying, scan: Scan): Promise<Step> {
  const { source, run } = verifying;
  const deadline = insideOf(run.deadline);
  const hadMs = deadline.workMs();
  const bytes = scan.bytes.inside;
  const bytesPerSecond = verifying.notebook.memory().bytesPerSecond[source.name];
  const isHopeless = scan.format === 'plain' && bytesPerSecond !== undefined && bytes / bytesPerSecond > hadMs / 1000;
  if (isHopeless)
    return { findings: [targeted(source, tooLarge({ doing: 'restored', bytes, bytesPerSecond, hadMs }))] };
  const scratch = scratchRun(run);
  const going = await takeUp(verifying);
  const database = going?.scratch ?? (await makeScratch(scratch));
  const restoring = { ...verifying, scan, scratch, database, going, deadline };
  const { step, left } = await restoreInto(restoring).catch((error) => leaving(restoring, error));
  return { ...step, findings: [...step.findings, ...left] };
}

/** @throws RefusalError where no isolated PostgreSQL is set, which the contract does not let through */
export function scratchRun({ settings, system, runbook, runId, deadline }: Verification): Run {
  if (settings.scratch === undefined) throw new RefusalError('settings.scratch is not set.');
  return { settings: settings.scratch, maker: { system, runbook, runId }, deadline };
}

async function leaving(restoring: Restoring, error: unknown): Promise<never> {
  await drop(restoring);
  throw error;
}

async function restoreInto(restoring: Restoring): Promise<{ step: Step; left: Finding[] }> {
  const began = Date.now();
  const restored = await inside(restoring, (session) => restore(restoring, session));
  const restoredMs = Date.now() - began + (restoring.going?.spentMs ?? 0);
  if (restored.reached === 'deadline') return outOfTime(restoring, restored, restoredMs);
  // A new session: statements of a dump may have changed what names and times mean in theirs.
  const checked = await inside(restoring, (session) => check(restoring, session)).catch(unlessLate(restoring));
  // What was asked after the time was over has no answer, which says nothing of the dump.
  if (checked === undefined || restoring.deadline.workMs() === 0) return outOfTime(restoring, restored, restoredMs);
  const restoreMs = Date.now() - began + (restoring.going?.spentMs ?? 0);
  return { step: stepOf(restoring, { restored, checked, restoredMs, restoreMs }), left: await drop(restoring) };
}

function unlessLate({ deadline }: Restoring): (error: unknown) => undefined {
  return (error) => {
    if (error instanceof RefusalError && deadline.workMs() === 0) return undefined;
    throw error;
  };
}

async function inside<Result>(
  { scratch, database, deadline }: Restoring,
  work: (session: Session) => Promise<Result>,
): Promise<Result> {
  const session = await enterScratch(scratch, database, deadline);
  try {
    return await work(session);
  } finally {
    await session.close();
  }
}

function restore({ source, newest, scan, going, deadline }: Restoring, session: Session): Promise<Restored> {
  return inStore(source.store, (objects) =>
    restoreDump(session, readDump(objects.read(newest.key, newest.version), { skip: new Set(going?.entries) }), {
      deadline,
      madeBy: [scan.serverVersion, scan.pgDumpVersion],
      isResumed: going !== undefined,
      isLacking: (going?.found.counts.environment ?? 0) > 0,
    }),
  );
}

function check({ source, newest, scan, notebook, deadline }: Restoring, session: Session): Promise<Checked> {
  return checkRestored(session, {
    checks: source.checks,
    source: source.name,
    scanned: scan.tables,
    before: notebook.memory().dumps[source.name]?.tables,
    madeAt: newest.lastModified,
    from: 'dump',
    deadline,
  });
}

type Done = { restored: Restored; checked: Checked; restoredMs: number; restoreMs: number };

function stepOf({ source, scan, going }: Restoring, { restored, checked, restoredMs, restoreMs }: Done): Step {
  const bytesPerSecond = Math.round(scan.bytes.inside / Math.max(0.001, restoredMs / 1000));
  const found = together(going?.found, restored);
  // What the scan may pass over and a restore may not: another encoding, a statement of unusual size.
  const unreadable = restored.defect ? [tellDefect(restored.defect)] : [];
  return {
    findings: [...unreadable, ...tellRestored(found)].map((told) => targeted(source, told)).concat(checked.findings),
    examined: checked.examined,
    tables: checked.tables,
    restoreMs,
    bytesPerSecond,
    harmless: found.counts.harmless,
  };
}

/** What can be gone on with stays. */
async function outOfTime(
  restoring: Restoring,
  restored: Restored,
  spentMs: number,
): Promise<{ step: Step; left: Finding[] }> {
  const step = stopped(restoring, restored, spentMs);
  return { step, left: step.going === undefined ? await drop(restoring) : [] };
}

/** What could not be dropped is left to the next run's sweep, and said. */
async function drop({ scratch, database, source }: Restoring): Promise<Finding[]> {
  const outcome = await dropScratch(scratch, database).catch((error: Error) => ({
    status: 'failed',
    error: error.message,
  }));
  if (outcome.status !== 'failed') return [];
  const what = `the scratch database ${database} could not be dropped: ${outcome.error}`;
  return [
    targeted(source, {
      severity: 'warning',
      thing: 'scratch',
      what,
      remedy: 'The next run drops it, when it is old enough.',
    }),
  ];
}
