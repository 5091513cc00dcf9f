/** Failures that a test asks for: a request that never arrives, a reply that gets lost, a server that is gone, and odd answers. */
import type { Answer } from './api-clients.ts';

export type Strikes = {
  /** Breaks the connection at the n-th request from now (1 is the next one) without carrying it out, and then says so. */
  failBefore(n: number, onStruck?: () => void): void;
  /** Carries the n-th request from now out, and breaks the connection without its answer. */
  loseReply(n: number, onStruck?: () => void): void;
  /** Gives this answer instead of carrying out the n-th request from now, and so many after it. */
  answerWith(answer: Answer, n?: number, times?: number): void;
  /** Breaks every connection at once, until it is revived. */
  die(): Promise<void>;
  revive(): Promise<void>;
  /** How many requests have arrived so far. */
  count(): number;
  /** Their methods and paths, in order. */
  statements(): string[];
  /** Forgets every failure that was asked for. */
  clear(): void;
};

/** `onStruck`: to be called when what was asked for has happened. */
export type Struck = { lost?: 'before' | 'after'; answer?: Answer; onStruck?(): void };

type Planned = Struck & { from: number; to: number };

export function createStrikes(): { strikes: Strikes; arrive(what: string): Struck; isDead(): boolean } {
  let planned: Planned[] = [];
  let isDead = false;
  const seen: string[] = [];
  const plan = (n: number, what: Struck, times = 1) => {
    const from = seen.length + n;
    planned.push({ ...what, from, to: from + times - 1 });
  };
  const strikes: Strikes = {
    failBefore: (n, onStruck = () => {}) => plan(n, { lost: 'before', onStruck }),
    loseReply: (n, onStruck = () => {}) => plan(n, { lost: 'after', onStruck }),
    answerWith: (answer, n = 1, times = 1) => plan(n, { answer }, times),
    die: async () => {
      isDead = true;
    },
    revive: async () => {
      isDead = false;
    },
    count: () => seen.length,
    statements: () => [...seen],
    clear: () => {
      planned = [];
      isDead = false;
    },
  };
  return {
    strikes,
    isDead: () => isDead,
    arrive: (what) => {
      seen.push(what);
      return planned.find(({ from, to }) => from <= seen.length && seen.length <= to) ?? {};
    },
  };
}
