/**
 * The entry of a runbook that outlasts an invocation: event → contract → its own steps → report, as one durable execution. AWS runs
 * the body again from its beginning whenever the execution goes on; what was done in a step is then not done again.
 */
import { type DurableContext, withDurableExecution } from '@aws/durable-execution-sdk-js';
import type * as z from 'zod';
import { admit, invocationOf, lower } from './attempt.ts';
import { conclude } from './conclude.ts';
import type { BaseInput } from './contract.ts';
import type { Deadline } from './deadline.ts';
import { type Each, eachOf, type Steps, stepsOf } from './durable-steps.ts';
import './memory.ts';
import { type Ended, endingOf, endingWith, type Known, knownOf } from './ending.ts';
import { RunEndedBadlyError } from './errors.ts';
import { readEvent } from './event.ts';
import { findAll, openFindings } from './findings.ts';
import { begin, type Frame, openFrame } from './frame.ts';
import type { Invocation, Result } from './invocation.ts';
import { CONCLUDE } from './once.ts';
import type { Finding, Report } from './report.ts';

export type DurableRun<Settings, Input> = Omit<Invocation<Settings, Input>, 'openFindings'> & Steps & { each: Each };

/** Without `findings`, it did not look; `isUnseen` tells what it did not look at. */
export type DurableResult = Omit<Result, 'found'> & {
  findings?: Finding[];
  isUnseen?: ((target: string) => boolean) | undefined;
};

export type DurableDefinition<Settings, Input extends z.infer<typeof BaseInput>> = {
  contract: { Settings: z.ZodType<Settings>; Input: z.ZodType<Input> };
  /** As `durableConfig` gives it; the lease lasts as long. */
  executionMinutes: (settings: Settings) => number;
  run: (run: DurableRun<Settings, Input>) => Promise<DurableResult>;
};

/**
 * @returns a Lambda handler. The execution resolves to the report, and fails once the evidence of a run that was refused or failed
 *   is stored, or where its own deployment is unusable
 */
export function durable<Settings, Input extends z.infer<typeof BaseInput>>(
  definition: DurableDefinition<Settings, Input>,
) {
  return withDurableExecution((event: unknown, context: DurableContext) => runThrough(definition, event, context));
}

/** The body of an execution. */
export async function runThrough<Settings, Input extends z.infer<typeof BaseInput>>(
  definition: DurableDefinition<Settings, Input>,
  event: unknown,
  context: DurableContext,
): Promise<Report> {
  const { once } = stepsOf(context);
  // An execution is asked for once, whatever the request ids of the invocations that it takes.
  const execution = { awsRequestId: context.executionContext.durableExecutionArn };
  const beginning = await once('begin', async () => begin(execution));
  const frame = openFrame(definition.contract.Settings, context.lambdaContext, beginning);
  const known = knownOf(frame);
  const tried = await attemptThrough(definition, { known, frame, event, context });
  // At most once: run a second time, it would find its own report there.
  const report = await once(CONCLUDE, async () => conclude(frame, await withFindings({ known, frame, tried })));
  if (report.verdict === 'refused' || report.verdict === 'failed') throw new RunEndedBadlyError(report);
  return report;
}

type Attempt<Settings> = { known: Known; frame: Frame<Settings>; event: unknown; context: DurableContext };
type Tried = Omit<Ended, 'result'> & { result?: DurableResult };

async function attemptThrough<Settings, Input extends z.infer<typeof BaseInput>>(
  { contract, executionMinutes, run }: DurableDefinition<Settings, Input>,
  { known, frame, event, context }: Attempt<Settings>,
): Promise<Tried> {
  const steps = stepsOf(context);
  let result: DurableResult | undefined;
  const ended = await endingOf(known, async () => {
    const incoming = readEvent(event, { ...frame, input: contract.Input });
    known.trigger = incoming.trigger;
    known.mode = lower(frame.deployment.mode, incoming.input.mode);
    const deadline = executionDeadline(frame.now, executionMinutes(frame.deployment.settings));
    const claim = await admit(incoming, { ...frame, deadline }, steps);
    if ('notNow' in claim) return { verdict: 'skipped', because: claim.notNow };
    known.turn = claim.turn;
    const { trigger, mode } = known;
    const { storePlan, acting, ...invocation } = invocationOf(frame, claim.turn);
    result = await run({
      ...invocation,
      ...steps,
      each: eachOf(context),
      storePlan: (plan) => steps.once('store the plan', () => storePlan(plan)),
      acting: () => steps.once('put on record that it acts', acting),
      trigger,
      mode,
      input: incoming.input,
    });
    return { verdict: 'clean' };
  });
  return { ...ended, ...(result && { result }) };
}

const MINUTE_MS = 60_000;

/** Of the execution, not of the invocation that happens to be running. */
function executionDeadline(startedAt: Date, minutes: number): Deadline {
  const remainingMs = () => Math.max(0, startedAt.getTime() + minutes * MINUTE_MS - Date.now());
  return { remainingMs, workMs: remainingMs };
}

type Looking = { known: Known; frame: Frame<unknown>; tried: Tried };

/** Findings are spooled on the disk of one sandbox, so they are opened and finished within the step that concludes. */
function withFindings({ known, frame, tried: { result, ...ended } }: Looking): Promise<Ended> {
  if (result === undefined) return Promise.resolve(ended);
  const { findings, isUnseen, ...rest } = result;
  return endingOf(known, async () => {
    if (findings === undefined) return endingWith(rest);
    known.findings = await openFindings(frame.store, frame.stateKey('ledger.jsonl.gz'), isUnseen);
    const found = await findAll(known.findings, findings, frame.evidenceKey('findings.jsonl.gz'));
    return endingWith({ ...rest, found });
  });
}
