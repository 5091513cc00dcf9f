/** From an event to the end of a run, however it ends. */
import type * as z from 'zod';
import type { BaseInput, Mode } from './contract.ts';
import { topicArnsOf } from './deployment.ts';
import { type Ended, endingOf, endingWith, knownOf } from './ending.ts';
import { InputError } from './errors.ts';
import { type Incoming, readEvent, refuseStale } from './event.ts';
import { openFindings } from './findings.ts';
import type { Frame } from './frame.ts';
import type { Invocation, Result } from './invocation.ts';
import { type Once, plainly } from './once.ts';
import { readRunState, type Turn, takeLease, turnOf } from './run-state.ts';

export type Definition<Settings, Input extends z.infer<typeof BaseInput>> = {
  contract: { Settings: z.ZodType<Settings>; Input: z.ZodType<Input> };
  /** The name of the state object whose lease a run takes, where that is not always the runbook's own. */
  aloneIn?: (input: Input) => string;
  run: (invocation: Invocation<Settings, Input>) => Promise<Result>;
};

/** The runbook’s own lease. */
export const RUN = 'run.json';

export function attempt<Settings, Input extends z.infer<typeof BaseInput>>(
  { contract, aloneIn = () => RUN, run }: Definition<Settings, Input>,
  frame: Frame<Settings>,
  event: unknown,
): Promise<Ended> {
  const known = knownOf(frame);
  return endingOf(known, async () => {
    const incoming = readEvent(event, { ...frame, input: contract.Input });
    known.trigger = incoming.trigger;
    known.mode = lower(frame.deployment.mode, incoming.input.mode);
    const claim = await admit(incoming, frame, { key: frame.stateKey(aloneIn(incoming.input)) });
    if ('notNow' in claim) return { verdict: 'skipped', because: claim.notNow };
    known.turn = claim.turn;
    const openThem = async (isUnseen?: (target: string) => boolean) => {
      known.findings = await openFindings(frame.store, frame.stateKey('ledger.jsonl.gz'), isUnseen);
      return known.findings;
    };
    const { trigger, mode } = known;
    const { input } = incoming;
    return endingWith(await run({ ...invocationOf(frame, claim.turn), trigger, mode, input, openFindings: openThem }));
  });
}

/** @throws InputError when an event asks for more than was deployed: the mode is the permission */
export function lower(deployed: Mode, asked: Mode | undefined): Mode {
  if (asked === 'enforce' && deployed === 'report') {
    throw new InputError(
      'mode: got enforce, and this function was deployed in report mode. An event can only lower the mode.',
    );
  }
  return asked ?? deployed;
}

type Admission = {
  /** The state object of the unit of work that must be alone; a runbook's run by default. */
  key?: string;
  once?: Once;
};

/** Without an identity, an event is never spent: whether it was handled is then seen from what it asks for. */
type Asking = Pick<Incoming<unknown>, 'nothingToDo' | 'trigger'> & { identity: string | undefined };

/** @throws InputError when the event was meant for another time */
export async function admit(
  { nothingToDo, trigger, identity }: Asking,
  frame: Frame<unknown>,
  { key = frame.stateKey(RUN), once = plainly }: Admission = {},
): Promise<{ turn: Turn } | { notNow: string }> {
  if (nothingToDo) return { notNow: nothingToDo };
  const claimant = { ...frame, key, identity, trigger: `${trigger.kind} of ${trigger.at}` };
  const { store, deployment } = frame;
  const lease = await once('take the lease', async () => {
    // Read first: until its first answer, nobody knows the store's time.
    const seen = await readRunState(store, key);
    refuseStale(trigger, { now: store.now(), maxAgeMinutes: deployment.maxEventAgeMinutes });
    return takeLease(store, claimant, seen);
  });
  return 'notNow' in lease ? lease : { turn: turnOf(store, claimant, lease) };
}

/** What a run is given of its frame. */
export function invocationOf<Settings>({ deployment, surroundings, ...frame }: Frame<Settings>, turn: Turn) {
  const { system, runbook, settings } = deployment;
  const planKey = frame.evidenceKey('plan.jsonl');
  return {
    ...frame,
    system,
    runbook,
    deployedMode: deployment.mode,
    settings,
    topicArns: topicArnsOf(surroundings),
    // Its client is the largest of all to load, and a run that changes nothing never asks.
    halt: async () => (await import('./halt.ts')).openHalt(surroundings.HALT_PARAMETER)(),
    unfinished: turn.unfinished,
    storePlan: (plan: object[]) =>
      frame.store.create(planKey, plan.map((item) => `${JSON.stringify(item)}\n`).join('')),
    acting: () => turn.acting(planKey),
  };
}
