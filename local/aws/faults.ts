/** Failures that a test asks for: lost requests and replies, throttling, refusals, and a process that is gone. */

import type { Service } from './service.ts';
import { ServiceError } from './service-error.ts';

/** `before`: the request never arrives. `after`: it is carried out, and the reply is lost. */
type When = 'before' | 'after';
type Point = { call: number; when: When };
type Request = { on: RegExp; when: When };

export type Faults = {
  /** Calls counted since the start or the last `clear()`: authentic requests for a modelled operation, retries included. */
  calls(): number;
  /** Loses this one call (the first is 1); an SDK client that retries gets through. */
  lose(point: Point): void;
  /** Loses this call and every later request until `revive()`, as if the caller's process had been killed there. */
  crash(point: Point, onCrash?: () => void): void;
  /** `operation` is `service:Operation`, such as `s3:PutObject`; `times` may be `Infinity`. */
  throttle(operation: string, times: number): void;
  fail(operation: string, error: { code: string; status: number }, times: number): void;
  /** Breaks the connection after so many bytes of the answer’s body, this many times. */
  cut(operation: string, afterBytes: number, times: number): void;
  /**
   * Does something else right before this one call is carried out, or right before it is answered. `on`: the first request
   * whose action and ARN match it, as in `/^s3:DeleteObject .*key$/`.
   */
  hold(point: Point | Request, meanwhile: () => Promise<unknown>): void;
  /** For ever, and for this caller only. */
  deny(caller: string, operation: string): void;
  /** Every later request's socket is destroyed until `revive()`. */
  die(): void;
  revive(): void;
  /** Forgets every fault, revives, and counts from zero again. */
  clear(): void;
};

/** The server's side of the same thing. */
export type FaultGate = {
  isDead(): boolean;
  /** Counts a call and says which it is, and whether, and when, it gets lost. */
  count(): { call: number; lost: When | undefined };
  /** Throws the error that a test has set for this operation, in the service's own words. */
  check(asked: { caller: string; service: Service; operation: string }): void;
  /** To be awaited before the last counted call is carried out, and before it is answered. */
  hold(at: { call: number; on: string; when: When }): Promise<void>;
  /** After how many bytes of its body the answer breaks off; undefined where it does not. */
  cut(asked: { service: Service; operation: string }): number | undefined;
};

type Planned = { operation: string; caller?: string; left: number; error(service: Service): ServiceError };
type Cut = { operation: string; afterBytes: number; left: number };
type State = {
  calls: number;
  isDead: boolean;
  points: (Point & { onReached(): void })[];
  planned: Planned[];
  cuts: Cut[];
  holds: ((Point | Request) & { isOver: boolean; meanwhile(): Promise<unknown> })[];
};

export function createFaults(services: Service[]): { faults: Faults; gate: FaultGate } {
  const state: State = { calls: 0, isDead: false, points: [], planned: [], cuts: [], holds: [] };
  const known = services.flatMap((service) => service.operations.map((name) => `${service.name}:${name}`));
  return { faults: createControls(state, known), gate: createGate(state) };
}

function createControls(state: State, known: string[]): Faults {
  const plan = createPlanner(state, known);
  const cut = (operation: string, afterBytes: number, times: number) => {
    mustBeKnown(operation, known);
    state.cuts.push({ operation, afterBytes, left: times });
  };
  const die = () => {
    state.isDead = true;
  };
  const crashAt = (point: Point, onCrash: () => void) => ({
    ...point,
    onReached: () => {
      die();
      onCrash();
    },
  });
  return {
    ...errorControls(plan),
    calls: () => state.calls,
    cut,
    hold: (point, meanwhile) => state.holds.push({ ...point, isOver: false, meanwhile }),
    lose: (point) => state.points.push({ ...point, onReached: () => {} }),
    crash: (point, onCrash = () => {}) => state.points.push(crashAt(point, onCrash)),
    die,
    revive: () => {
      state.isDead = false;
    },
    clear: () => {
      Object.assign(state, { calls: 0, isDead: false, points: [], planned: [], cuts: [], holds: [] } satisfies State);
    },
  };
}

function errorControls(plan: (planned: Planned) => void): Pick<Faults, 'throttle' | 'fail' | 'deny'> {
  return {
    throttle: (operation, times) => plan({ operation, left: times, error: refusal('throttled', 'rate exceeded') }),
    fail: (operation, error, times) =>
      plan({ operation, left: times, error: () => new ServiceError(error, `${operation} fails, as this test asked`) }),
    deny: (caller, operation) => {
      const error = refusal('accessDenied', `${caller} is not authorized to perform ${operation}`);
      plan({ operation, caller, left: Number.POSITIVE_INFINITY, error });
    },
  };
}

/** A fault set for a misspelled operation would never fire, and the test that relies on it could not fail. */
function createPlanner(state: State, known: string[]): (planned: Planned) => void {
  return (planned) => {
    mustBeKnown(planned.operation, known);
    state.planned.push(planned);
  };
}

function mustBeKnown(operation: string, known: string[]): void {
  if (!known.includes(operation)) {
    throw new Error(`no operation ${operation}; the stand-in models ${known.join(', ')}`);
  }
}

function createGate(state: State): FaultGate {
  return {
    isDead: () => state.isDead,
    count: () => {
      state.calls += 1;
      const reached = state.points.find((point) => point.call === state.calls);
      reached?.onReached();
      return { call: state.calls, lost: reached?.when };
    },
    check: ({ caller, service, operation }) => {
      const applies = ({ operation: of, caller: by, left }: Planned) =>
        of === `${service.name}:${operation}` && (by ?? caller) === caller && left > 0;
      const planned = state.planned.find(applies);
      if (planned === undefined) return;
      planned.left -= 1;
      throw planned.error(service);
    },
    hold: async ({ call, on, when }) => {
      for (const held of state.holds) {
        if (held.isOver || held.when !== when || ('on' in held ? !held.on.test(on) : held.call !== call)) continue;
        held.isOver = true;
        await held.meanwhile();
      }
    },
    cut: ({ service, operation }) => {
      const cut = state.cuts.find(({ operation: of, left }) => of === `${service.name}:${operation}` && left > 0);
      if (cut !== undefined) cut.left -= 1;
      return cut?.afterBytes;
    },
  };
}

function refusal(kind: 'throttled' | 'accessDenied', message: string): Planned['error'] {
  return (service) => new ServiceError(service.refusals[kind], message);
}
