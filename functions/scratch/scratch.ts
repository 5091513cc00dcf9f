/** Scratch databases from their making to their end: made, entered, dropped, and swept where a run died. */
import type { Deadline } from '../runtime/deadline.ts';
import { describe, RefusalError } from '../runtime/errors.ts';
import type { Session } from '../runtime/postgres.ts';
import type { Finding, Outcome } from '../runtime/report.ts';
import { dropDatabase, makeDatabase, readClock, readLying, type Template } from './databases.ts';
import { judge, type Lying } from './decide.ts';
import { markOf, readName } from './name.ts';
import { logIn, type Run } from './server.ts';

/**
 * @returns its name
 * @throws RefusalError when nothing may be restored there, or it cannot be made
 */
export function makeScratch(run: Run, template: Template = {}): Promise<string> {
  return inside(run, (session) => makeDatabase(session, run.maker, template));
}

/**
 * Drops what runs of this runbook left behind, and says what it leaves alone although it has such a name.
 * @param keep one that is still needed: what is restored into it goes on
 * @throws RefusalError when the databases there cannot be read
 */
export function sweepScratch(run: Run, keep?: string): Promise<{ outcomes: Outcome[]; findings: Finding[] }> {
  return inside(run, async (session) => {
    const outcomes: Outcome[] = [];
    const findings: Finding[] = [];
    const frame = { mark: markOf(run.maker), sweepAfterHours: run.settings.sweepAfterHours };
    const now = await readClock(session);
    for (const lying of await readLying(session)) {
      const judged = lying.name === keep ? undefined : judge(lying, { ...frame, now });
      if (judged?.act === 'drop') outcomes.push(await drop(session, lying.name, judged.why));
      if (judged?.act === 'leave') findings.push(leftAlone(lying, judged.why));
    }
    return { outcomes, findings };
  });
}

function leftAlone({ name }: Lying, why: string): Finding {
  const remedy = 'Rename it, or drop it if nobody needs it: Nightshift never will.';
  return { severity: 'warning', target: `scratch database ${name}`, what: `was left alone: ${why}`, remedy };
}

/** Whatever the dump has done to its label, it is by its name and its owner what this runbook made. */
export function dropScratch(run: Run, name: string): Promise<Outcome> {
  return inside(run, async (session) => {
    const [there] = await readLying(session, name);
    if (there === undefined) return outcomeOf(name, 'its restore is over', 'skipped', 'it is not there any more');
    if (!there.owned || readName(name)?.mark !== markOf(run.maker))
      throw new RefusalError(`${name} is not dropped: it is not a scratch database of ${run.maker.runbook}.`);
    return drop(session, name, 'its restore is over');
  });
}

async function drop(session: Session, name: string, why: string): Promise<Outcome> {
  try {
    await dropDatabase(session, name);
    return outcomeOf(name, why, 'done');
  } catch (error) {
    return outcomeOf(name, why, 'failed', describe(error));
  }
}

function outcomeOf(name: string, why: string, status: Outcome['status'], error?: string): Outcome {
  return { target: `scratch database ${name}`, action: 'drop', why, status, ...(error !== undefined && { error }) };
}

/** A slow archive may keep a transaction of the dump waiting for its next rows. */
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 300_000;

/**
 * @param deadline of the work inside, shorter than the run's: what is inside must be dropped afterwards
 * @throws RefusalError when it is not there, or not this runbook's
 */
export async function enterScratch(run: Run, name: string, deadline: Deadline): Promise<Session> {
  if (readName(name)?.mark !== markOf(run.maker))
    throw new RefusalError(`${name} is not entered: it is not a scratch database of ${run.maker.runbook}.`);
  const session = await logIn({ ...run, deadline }, name);
  const [here] = await readLying(session, name);
  if (here?.owned !== true) {
    await session.close();
    throw new RefusalError(`${name} is not entered: it belongs to another role.`);
  }
  // Nothing in it must outlive a crash of the server, so nothing waits for the disk.
  await session.query(
    `SET synchronous_commit = off; SET idle_in_transaction_session_timeout = ${IDLE_IN_TRANSACTION_TIMEOUT_MS}`,
  );
  return session;
}

/** A session of its own for each task: hours may lie between them, and what a name leads to may have changed. */
async function inside<Result>(run: Run, work: (session: Session) => Promise<Result>): Promise<Result> {
  const session = await logIn(run);
  try {
    return await work(session);
  } finally {
    await session.close();
  }
}
