/** From an event to the end of a run, however it ends: nothing here throws, because every ending is evidence. */
import type * as z from 'zod';
import type { BaseInput, Mode } from './contract.ts';
import { topicArnsOf } from './deployment.ts';
import { describe, InputError, RefusalError } from './errors.ts';
import { type Incoming, readEvent, refuseStale, type Trigger } from './event.ts';
import { type Findings, openFindings } from './findings.ts';
import type { Frame } from './frame.ts';
import { openHalt } from './halt.ts';
import type { Invocation, Result } from './invocation.ts';
import type { Verdict } from './report.ts';
import { type Turn, takeTurn } from './run-state.ts';

export type Definition<Settings, Input extends z.infer<typeof BaseInput>> = {
  contract: { Settings: z.ZodType<Settings>; Input: z.ZodType<Input> };
  run: (invocation: Invocation<Settings, Input>) => Promise<Result>;
};

export type Ended = {
  trigger: Trigger;
  mode: Mode;
  verdict: Verdict;
  because?: string;
  result?: Result;
  /** Absent where the run never had its turn. */
  turn?: Turn;
  /** Absent where the run did not look. */
  findings?: Findings;
};

export async function attempt<Settings, Input extends z.infer<typeof BaseInput>>(
  { contract, run }: Definition<Settings, Input>,
  frame: Frame<Settings>,
  event: unknown,
): Promise<Ended> {
  // Grows as the run gets on, so that whatever ends it early, what was known by then is reported.
  const known: Pick<Ended, 'trigger' | 'mode' | 'turn' | 'findings'> = {
    trigger: { kind: 'manual', at: frame.now.toISOString() },
    mode: frame.deployment.mode,
  };
  try {
    const incoming = readEvent(event, { ...frame, input: contract.Input });
    known.trigger = incoming.trigger;
    known.mode = lower(frame.deployment.mode, incoming.input.mode);
    const claim = await admit(incoming, frame);
    if ('notNow' in claim) return { ...known, verdict: 'skipped', because: claim.notNow };
    known.turn = claim.turn;
    const openThem = async () => {
      known.findings = await openFindings(frame.store, frame.stateKey('ledger.jsonl.gz'));
      return known.findings;
    };
    const result = await run({
      ...invocationOf(frame, claim.turn),
      ...known,
      input: incoming.input,
      openFindings: openThem,
    });
    return { ...known, result, ...verdictOf(result) };
  } catch (error) {
    const refused = error instanceof RefusalError || error instanceof InputError;
    return { ...known, verdict: refused ? 'refused' : 'failed', because: describe(error) };
  }
}

/** @throws InputError when an event asks for more than was deployed: the mode is the permission */
function lower(deployed: Mode, asked: Mode | undefined): Mode {
  if (asked === 'enforce' && deployed === 'report') {
    throw new InputError(
      'mode: got enforce, and this function was deployed in report mode. An event can only lower the mode.',
    );
  }
  return asked ?? deployed;
}

async function admit<Input>({ nothingToDo, trigger, identity }: Incoming<Input>, frame: Frame<unknown>) {
  if (nothingToDo) return { notNow: nothingToDo };
  const { runbook, maxEventAgeMinutes } = frame.deployment;
  refuseStale(trigger, { now: frame.now, maxAgeMinutes: maxEventAgeMinutes });
  return takeTurn(frame.store, { ...frame, runbook, identity, trigger: `${trigger.kind} of ${trigger.at}` });
}

function invocationOf<Settings>({ deployment, surroundings, ...frame }: Frame<Settings>, turn: Turn) {
  const { system, runbook, settings } = deployment;
  const planKey = frame.evidenceKey('plan.jsonl');
  return {
    ...frame,
    system,
    runbook,
    settings,
    topicArns: topicArnsOf(surroundings),
    halt: openHalt(surroundings.HALT_PARAMETER),
    unfinished: turn.unfinished,
    storePlan: (plan: object[]) =>
      frame.store.create(planKey, plan.map((item) => `${JSON.stringify(item)}\n`).join('')),
    acting: () => turn.acting(planKey),
  };
}

function verdictOf({ ending, outcomes, found }: Result): { verdict: Verdict; because?: string } {
  if (ending) return ending;
  if (outcomes.some((outcome) => outcome.status === 'done')) return { verdict: 'acted' };
  return { verdict: (found?.total ?? 0) > 0 ? 'findings' : 'clean' };
}
