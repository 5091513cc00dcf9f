/** The entry of a durable runbook, as a trial: two steps with an hour between them, and an end that is one step as well. */
import { type DurableContext, StepSemantics, withDurableExecution } from '@aws/durable-execution-sdk-js';
import * as z from 'zod';
import { admit, lower } from '../../functions/runtime/attempt.ts';
import { conclude } from '../../functions/runtime/conclude.ts';
import { BaseInput } from '../../functions/runtime/contract.ts';
import type { Deadline } from '../../functions/runtime/deadline.ts';
import { type Ended, endingOf, endingWith, type Known, knownOf } from '../../functions/runtime/ending.ts';
import { RunEndedBadlyError } from '../../functions/runtime/errors.ts';
import { readEvent } from '../../functions/runtime/event.ts';
import { openFindings } from '../../functions/runtime/findings.ts';
import { begin, type Frame, openFrame } from '../../functions/runtime/frame.ts';
import type { Result } from '../../functions/runtime/invocation.ts';
import type { Once } from '../../functions/runtime/once.ts';
import type { Finding, Report } from '../../functions/runtime/report.ts';

const Settings = z.strictObject({});
/** What `durableConfig` gives an execution; its lease lasts as long. */
const EXECUTION_TIMEOUT_MS = 6 * 3_600_000;

/** What a durable run carries from step to step: small, and writable as JSON. */
export type Drilled = Pick<Result, 'examined' | 'outcomes' | 'settled'> & { findings: Finding[] };
type Drill = (parts: { frame: Frame<object>; once: Once; waitAnHour: () => Promise<void> }) => Promise<Drilled>;

/** @returns a handler of which AWS runs the body again from its beginning whenever the execution goes on */
export function durable(drill: Drill) {
  return withDurableExecution((event: unknown, context: DurableContext) => drillThrough(drill, event, context));
}

export async function drillThrough(drill: Drill, event: unknown, context: DurableContext): Promise<Report> {
  const once = onceIn(context);
  // An execution is asked for once, whatever the request ids of the invocations that it takes.
  const execution = { awsRequestId: context.executionContext.durableExecutionArn };
  const beginning = await once('begin', async () => begin(execution));
  const frame = openFrame(Settings, context.lambdaContext, beginning);
  const known = knownOf(frame);
  const waitAnHour = () => context.wait('an hour', { hours: 1 });
  const drilled = await attemptDrill({ known, frame, event, once }, () => drill({ frame, once, waitAnHour }));
  const report = await once('conclude', async () => conclude(frame, await lookInto({ known, frame, drilled })));
  if (report.verdict === 'refused' || report.verdict === 'failed') throw new RunEndedBadlyError(report);
  return report;
}

/** At most once, even where the sandbox dies in the middle: what then became of it is for the next run to settle. */
function onceIn(context: DurableContext): Once {
  const atMostOnce = {
    semantics: StepSemantics.AtMostOncePerRetry,
    retryStrategy: () => ({ shouldRetry: false }),
  };
  return async (name, act) => {
    try {
      return await context.step(name, act, atMostOnce);
    } catch (error) {
      // The step's error wraps a copy of the one that was thrown.
      throw (error as Error).cause ?? error;
    }
  };
}

type Attempt = { known: Known; frame: Frame<object>; event: unknown; once: Once };
type DrillEnded = Omit<Ended, 'result'> & { drilled?: Drilled };

async function attemptDrill(
  { known, frame, event, once }: Attempt,
  drill: () => Promise<Drilled>,
): Promise<DrillEnded> {
  let drilled: Drilled | undefined;
  const ended = await endingOf(known, async () => {
    const incoming = readEvent(event, { ...frame, input: BaseInput });
    known.trigger = incoming.trigger;
    known.mode = lower(frame.deployment.mode, incoming.input.mode);
    const claim = await admit(incoming, { ...frame, deadline: executionDeadline(frame.now) }, { once });
    if ('notNow' in claim) return { verdict: 'skipped', because: claim.notNow };
    known.turn = claim.turn;
    drilled = await drill();
    return { verdict: 'clean' };
  });
  return { ...ended, ...(drilled && { drilled }) };
}

/** Of the execution, not of the invocation that happens to be running. */
function executionDeadline(startedAt: Date): Deadline {
  const remainingMs = () => Math.max(0, startedAt.getTime() + EXECUTION_TIMEOUT_MS - Date.now());
  return { remainingMs, workMs: remainingMs };
}

type Looking = { known: Known; frame: Frame<object>; drilled: DrillEnded };

/** Findings are spooled on the disk of one sandbox, so they are opened and finished within the step that concludes. */
function lookInto({ known, frame, drilled: { drilled, ...ended } }: Looking): Promise<Ended> {
  if (drilled === undefined) return Promise.resolve(ended);
  return endingOf(known, async () => {
    known.findings = await openFindings(frame.store, frame.stateKey('ledger.jsonl.gz'));
    const { findings, ...result } = drilled;
    for (const finding of findings) {
      await known.findings.ready(finding.target);
      known.findings.look(finding.target, { finding });
    }
    return endingWith({ ...result, found: await known.findings.finish(frame.evidenceKey('findings.jsonl.gz')) });
  });
}
