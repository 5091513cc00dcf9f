/** What a durable run does in steps of its own: each is done once, and its answer is known when the run is replayed. */
import { type DurableContext, StepSemantics } from '@aws/durable-execution-sdk-js';
import { describe, EvidenceError, InputError, RefusalError } from './errors.ts';
import type { Once } from './once.ts';

export type Steps = {
  /** For whatever changes something, and for what must not be known twice: the time, a random name. Never tried again. */
  once: Once;
  /** For what may be done any number of times, a look or a deletion: tried again a few times before it fails. */
  again: Once;
  /** Ends this invocation; the execution goes on in another one, with as much time as the first. */
  pause: (name: string, seconds: number) => Promise<void>;
  /**
   * Has another function do something in an invocation of its own; none of ours waits, or is paid for, meanwhile. `functionArn` is that
   * of its alias. @throws Error with what that function threw
   */
  invoke: (name: string, functionArn: string, event: object) => Promise<unknown>;
};

/** Does something for each item, at most so many at once, in steps of its own. What comes back is small, and in the order of the items. */
export type Each = <Item, Value>(
  name: string,
  items: Item[],
  { atOnce, work }: { atOnce: number; work: (item: Item, steps: Steps) => Promise<Value> },
) => Promise<Value[]>;

/** At most once, even where the sandbox dies in the middle: what then became of it is to be looked at, not done again. */
const AT_MOST_ONCE = {
  semantics: StepSemantics.AtMostOncePerRetry,
  retryStrategy: () => ({ shouldRetry: false }),
};

/** After the patience of the SDK's client itself, so these are minutes of an outage, not seconds of throttling. */
const A_FEW_TIMES = {
  semantics: StepSemantics.AtLeastOncePerRetry,
  retryStrategy: (error: Error, attempts: number) => {
    const shouldRetry = attempts < 4;
    if (shouldRetry) say(`again in 30 seconds, because ${describe(error)}`);
    return { shouldRetry, delay: { seconds: 30 } };
  },
};

/** An execution may take hours: its log tells what it is at. */
function say(message: string): void {
  console.log(JSON.stringify({ level: 'INFO', message }));
}

export function stepsOf(context: DurableContext): Steps {
  const stepping =
    (config: typeof AT_MOST_ONCE | typeof A_FEW_TIMES): Once =>
    (name, act) => {
      // Said where it is done: a replay passes over it.
      const doing = () => {
        say(name);
        return act();
      };
      return asItWas(async () => await context.step(name, doing, config));
    };
  return {
    once: stepping(AT_MOST_ONCE),
    again: stepping(A_FEW_TIMES),
    pause: async (name, seconds) => {
      await context.wait(name, { seconds });
    },
    invoke: (name, functionArn, event) => asItWas(async () => await context.invoke(name, functionArn, event)),
  };
}

export function eachOf(context: DurableContext): Each {
  return (name, items, { atOnce, work }) =>
    asItWas(async () => {
      const inTurn = { maxConcurrency: atOnce };
      const batch = await context.map(name, items, (child, item) => work(item, stepsOf(child)), inTurn);
      batch.throwIfError();
      return batch.getResults();
    });
}

async function asItWas<Value>(work: () => Promise<Value>): Promise<Value> {
  try {
    return await work();
  } catch (error) {
    throw restored(error as Error);
  }
}

const OURS = [InputError, RefusalError, EvidenceError];

/** A step's error wraps a copy of the one that was thrown, with its name and message only. Ours are told as they were written. */
function restored(error: Error): unknown {
  const { cause } = error;
  if (!(cause instanceof Error)) return error;
  const Ours = OURS.find(({ name }) => name === cause.name);
  return Ours ? new Ours(cause.message, { cause }) : cause;
}
