/** How a run ends. Every ending is evidence, so none is an exception. */
import type { Mode } from './contract.ts';
import { describe } from './errors.ts';
import type { Trigger } from './event.ts';
import type { Findings } from './findings.ts';
import type { Frame } from './frame.ts';
import type { Result } from './invocation.ts';
import type { Verdict } from './report.ts';
import type { Turn } from './run-state.ts';

/** What is known of a run however it ends. Grows as the run gets on, so that whatever ends it early, all this is reported. */
export type Known = {
  trigger: Trigger;
  mode: Mode;
  /** Absent where the run never had its turn. */
  turn?: Turn;
  /** Absent where the run did not look. */
  findings?: Findings;
};

export type Ending = { verdict: Verdict; because?: string; result?: Result };

export type Ended = Known & Ending;

/** Before its event is read, a run counts as one that a person asked for. */
export function knownOf({ now, deployment }: Frame<unknown>): Known {
  return { trigger: { kind: 'manual', at: now.toISOString() }, mode: deployment.mode };
}

/** By name, because an error that went through a durable step has lost its class. */
const REFUSALS = ['RefusalError', 'InputError'];

/** @param run fills in `known` as it gets on. What it throws is an ending, too */
export async function endingOf(known: Known, run: () => Promise<Ending>): Promise<Ended> {
  try {
    const ending = await run();
    return { ...known, ...ending };
  } catch (error) {
    const isRefusal = error instanceof Error && REFUSALS.includes(error.name);
    return { ...known, verdict: isRefusal ? 'refused' : 'failed', because: describe(error) };
  }
}

export function endingWith(result: Result): Ending {
  return { result, ...verdictOf(result) };
}

function verdictOf({ ending, outcomes, found }: Result): { verdict: Verdict; because?: string } {
  if (ending) return ending;
  if (outcomes.some((outcome) => outcome.status === 'done')) return { verdict: 'acted' };
  return { verdict: (found?.total ?? 0) > 0 ? 'findings' : 'clean' };
}
