/** A bound for how much is done at once; who comes first is served first. */

export type Slots = <Value>(work: () => Promise<Value>) => Promise<Value>;

export function openSlots(count: number): Slots {
  let free = count;
  const waiting: (() => void)[] = [];
  // A waiter is handed the slot itself, so nobody who comes later can take it in between.
  const take = async () => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
  };
  const giveBack = () => {
    const next = waiting.shift();
    if (next) next();
    else free += 1;
  };
  return async (work) => {
    await take();
    try {
      return await work();
    } finally {
      giveBack();
    }
  };
}
