/**
 * Whose turn it is, in one object for each deployed runbook, `state/<runbook>/run.json`: who is running, what a run that died has
 * left unsettled, and which events are spent. One object, so that one conditional write changes all of it or nothing.
 */
import type { Deadline } from './deadline.ts';
import { EvidenceError } from './errors.ts';
import type { Seen, Store } from './store.ts';

/** A run that began to change things and has not said how that ended. */
export type Unfinished = { runId: string; planKey: string };

type RunState = {
  holder?: { runId: string; trigger: string; until: string };
  unfinished?: Unfinished;
  spent: { identity: string; runId: string }[];
};

export type Turn = {
  /** What an earlier run left behind, to be settled by this one before it acts. */
  unfinished: Unfinished | undefined;
  /** Records that changes begin, so that a later run settles them if this one dies. @throws EvidenceError */
  acting(planKey: string): Promise<void>;
  /** Gives the lease back. What is not `settled` stays on record; a `spent` event does nothing when it comes again. */
  end(outcome: { spent: boolean; settled: boolean }): Promise<void>;
};

export type Claim = { turn: Turn } | { notNow: string };

type Claimant = { runbook: string; runId: string; identity: string; trigger: string; deadline: Deadline };

/** Lambda and EventBridge deliver again within hours; 200 events reach back further than that for any schedule. */
const SPENT_KEPT = 200;
/** The lease outlives the invocation by this much, for a request that was on its way when it was killed. */
const LEASE_MARGIN_MS = 5_000;

/**
 * Takes the lease of a runbook, or says why this event must not run now. Expiry is judged by the store's clock.
 * @throws EvidenceError when the state cannot be read or written
 */
export async function takeTurn(store: Store, claimant: Claimant): Promise<Claim> {
  const key = `state/${claimant.runbook}/run.json`;
  const seen = await store.readJson<RunState>(key);
  const state = seen.value ?? { spent: [] };
  const notNow = objection(state, { claimant, now: store.now() });
  if (notNow !== undefined) return { notNow };
  const mine = { ...state, holder: holderOf(claimant, store.now()) };
  const held = await store.writeJson(key, mine, seen);
  if (held === undefined) return { notNow: 'Another run took the lease at the same moment.' };
  return { turn: turnOf({ store, key, held, claimant }) };
}

function objection(state: RunState, { claimant, now }: { claimant: Claimant; now: Date }): string | undefined {
  const spent = state.spent.find((event) => event.identity === claimant.identity);
  if (spent) return `This event was already handled by run ${spent.runId}.`;
  const { holder } = state;
  if (holder === undefined || new Date(holder.until) <= now) return undefined;
  return `Run ${holder.runId} (${holder.trigger}) holds the lease until ${holder.until} at the latest.`;
}

function holderOf({ runId, trigger, deadline }: Claimant, now: Date) {
  return { runId, trigger, until: new Date(now.getTime() + deadline.remainingMs() + LEASE_MARGIN_MS).toISOString() };
}

type Holding = { store: Store; key: string; held: Seen<RunState>; claimant: Claimant };

function turnOf({ store, key, held, claimant }: Holding): Turn {
  let last = held;
  const change = async (edit: (state: RunState) => RunState) => {
    const written = await store.writeJson(key, edit(last.value ?? { spent: [] }), last);
    if (written === undefined)
      throw new EvidenceError(`The lease on ${claimant.runbook} was lost: ${key} was changed by another run.`);
    last = written;
  };
  return {
    unfinished: held.value?.unfinished,
    acting: (planKey) => change((state) => ({ ...state, unfinished: { runId: claimant.runId, planKey } })),
    end: ({ spent, settled }) =>
      change(({ holder: _released, unfinished, ...state }) => ({
        ...state,
        ...(unfinished !== undefined && !settled && { unfinished }),
        spent: spent
          ? [...state.spent, { identity: claimant.identity, runId: claimant.runId }].slice(-SPENT_KEPT)
          : state.spent,
      })),
  };
}
