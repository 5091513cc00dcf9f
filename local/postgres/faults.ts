/** Counts statements over all connections of a proxy, and says which of them is to go wrong. */

/**
 * `failBefore`: the statement never reaches the server. `loseReply`: it is carried out, and the client never hears of it.
 * `hang`: it never reaches the server, and nothing more is heard. Each strikes once.
 */
type Fault = 'failBefore' | 'loseReply' | 'hang';

export type Faults = {
  /** Lets the n-th statement from now on go wrong (1 is the next one), instead of any that was to go wrong before. */
  arm(fault: Fault, n: number, onStruck?: () => void): void;
  /** Takes note of a statement that begins; the answer is what must happen to it. */
  strike(statement: string): Fault | undefined;
  /** To be called when the fault that was to strike has done so. */
  struck(): void;
  /** The texts of all statements so far, in the order in which they began. */
  seen: string[];
};

export function makeFaults(): Faults {
  const seen: string[] = [];
  let armed: { fault: Fault; at: number; onStruck: () => void } | undefined;
  let onStruck = () => {};
  return {
    seen,
    arm(fault, n, tell = () => {}) {
      if (!Number.isInteger(n) || n < 1) throw new RangeError(`${fault}(${n}): give a whole number from 1 on`);
      armed = { fault, at: seen.length + n, onStruck: tell };
    },
    strike(statement) {
      seen.push(statement);
      if (armed?.at !== seen.length) return undefined;
      const { fault } = armed;
      onStruck = armed.onStruck;
      armed = undefined;
      return fault;
    },
    struck: () => onStruck(),
  };
}
