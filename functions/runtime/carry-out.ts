/** The one loop in which anything is changed: the guards that are asked again and again while a plan is carried out. */
import { describe, RefusalError } from './errors.ts';
import type { Halt } from './halt.ts';
import type { Invocation, Result } from './invocation.ts';
import type { Outcome } from './report.ts';

export type Carried = Pick<Result, 'outcomes' | 'ending' | 'settled'>;

/** Longer than a lock is waited for, so that what is begun can also end. */
const ACT_MS = 6_000;

/** The halt parameter is asked before every so many targets. */
const BATCH = 10;

type Plan<Item> = {
  items: Item[];
  /** The outcome of an item that is not begun any more. */
  outcomeOf: (item: Item, status: Outcome['status'], error?: string) => Outcome;
  /** Looks at the item again and changes it. What it throws ends the run: what happened then is for the next run to settle. */
  act: (item: Item) => Promise<Outcome>;
  /** Half of it is done already, and people may be locked out: it is finished whatever the halt parameter says (guard 9). */
  begun?: (item: Item) => boolean;
};

/** Never throws: what was done by then must be in the report. */
export async function carryOut<Item>(
  { halt, deadline }: Pick<Invocation<unknown, unknown>, 'halt' | 'deadline'>,
  { items: planned, outcomeOf, act, begun = () => false }: Plan<Item>,
): Promise<Carried> {
  const finishing = planned.filter(begun);
  const items = [...finishing, ...planned.filter((item) => !begun(item))];
  const outcomes: Outcome[] = [];
  const stop = (ending: NonNullable<Result['ending']>, settled = true): Carried => {
    const rest = items.slice(outcomes.length).map((item) => outcomeOf(item, 'skipped', ending.because));
    return { outcomes: [...outcomes, ...rest], ending, settled };
  };
  for (const [index, item] of items.entries()) {
    const sinceBegun = index - finishing.length;
    const stopped = sinceBegun >= 0 && sinceBegun % BATCH === 0 ? await halt() : undefined;
    if (stopped?.go === false) return stop(haltedAfter(outcomes, stopped));
    if (deadline.workMs() < ACT_MS) return stop({ verdict: 'partial', because: leftOver(items.length - index) });
    try {
      outcomes.push(await act(item));
    } catch (error) {
      outcomes.push(outcomeOf(item, 'failed', describe(error)));
      return stop({ verdict: 'failed', because: `${describe(error)} The next run settles what became of it.` }, false);
    }
  }
  return { outcomes, settled: true };
}

/** What was found stays found when what follows from it cannot even be begun. */
export function notBegun(error: unknown): Carried {
  const verdict = error instanceof RefusalError ? 'refused' : 'failed';
  return { outcomes: [], ending: { verdict, because: describe(error) }, settled: false };
}

/** Halted on purpose is no fault; a brake that cannot be read is one. Once something was done, either is a part of the whole. */
function haltedAfter(outcomes: Outcome[], { kind, because }: Halt & { go: false }): NonNullable<Result['ending']> {
  if (outcomes.some((outcome) => outcome.status === 'done')) return { verdict: 'partial', because };
  return { verdict: kind === 'halted' ? 'skipped' : 'refused', because };
}

function leftOver(count: number): string {
  return `Time ran out with ${count} of the plan left; the next run goes on with what is then still due.`;
}
