/**
 * Whose turn it is, in one object for each unit of work (a runbook's is `state/<runbook>/run.json`): who is running, what a run that
 * died has left unsettled, and which events are spent. One object, so that one conditional write changes all of it or nothing.
 */
import type { Deadline } from './deadline.ts';
import { EvidenceError } from './errors.ts';
import type { Seen, Store } from './store.ts';

/** A run that began to change things and has not said how that ended. */
export type Unfinished = { runId: string; planKey: string };

type Holder = { runId: string; requestId: string; trigger: string; until: string };
type RunState = {
  holder?: Holder;
  unfinished: Unfinished[];
  spent: { identity: string; runId: string }[];
};

export type Turn = {
  /** What earlier runs left behind, to be settled by this one before it acts. A run that dies while it settles leaves two. */
  unfinished: Unfinished[];
  /** Records that changes begin, so that a later run settles them if this one dies. @throws EvidenceError */
  acting(planKey: string): Promise<void>;
  /** Gives the lease back. What is not `settled` stays on record; a `spent` event does nothing when it comes again. */
  end(outcome: { spent: boolean; settled: boolean }): Promise<void>;
};

type Lease = Pick<Turn, 'unfinished'> | { notNow: string };

type Claimant = {
  /** The state object of this unit of work. */
  key: string;
  runId: string;
  requestId: string;
  /** The event's. Undefined where whoever does it again sees that it is done: such an event is never spent. */
  identity: string | undefined;
  trigger: string;
  /** Until then the unit of work is ours; a durable execution outlasts the invocation that begins it. */
  deadline: Pick<Deadline, 'remainingMs'>;
};

/** Lambda and EventBridge deliver again within hours; 200 events reach back further than that for any schedule. */
const SPENT_KEPT = 200;
/** The lease outlives the invocation by this much, for a request that was on its way when it was killed. */
const LEASE_MARGIN_MS = 5_000;

/** @throws EvidenceError when the state cannot be read */
export function readRunState(store: Store, key: string): Promise<Seen<RunState>> {
  return store.readJson<RunState>(key);
}

/**
 * Takes the lease of a unit of work, or says why this event must not run now. Expiry is judged by the store's clock. What comes
 * back can be written as JSON: a turn that is taken up again in another invocation is made from it.
 * @throws EvidenceError when the state cannot be written
 */
export async function takeLease(store: Store, claimant: Claimant, seen: Seen<RunState>): Promise<Lease> {
  const state = seen.value ?? { unfinished: [], spent: [] };
  const notNow = objection(state, { claimant, now: store.now() });
  if (notNow !== undefined) return { notNow };
  const held = await store.writeJson(claimant.key, { ...state, holder: holderOf(claimant, store.now()) }, seen);
  if (held === undefined) return { notNow: await whoWasFaster(store, claimant) };
  return { unfinished: state.unfinished };
}

/** Whether this run has the lease, by the store’s clock: for whoever works for it in an invocation of its own. @throws EvidenceError */
export async function hasLease(store: Store, key: string, runId: string): Promise<boolean> {
  const { value } = await readRunState(store, key);
  return value?.holder?.runId === runId && new Date(value.holder.until) > store.now();
}

async function whoWasFaster(store: Store, claimant: Claimant): Promise<string> {
  const { value } = await readRunState(store, claimant.key);
  const reason = value && objection(value, { claimant, now: store.now() });
  return reason ?? 'Another run had the lease at the same moment.';
}

function objection(state: RunState, { claimant, now }: { claimant: Claimant; now: Date }): string | undefined {
  const spent = state.spent.find((event) => event.identity === claimant.identity);
  if (spent) return `This event was already handled by run ${spent.runId}.`;
  const { holder } = state;
  if (holder === undefined || new Date(holder.until) <= now) return undefined;
  return `Run ${holder.runId} (${holder.trigger}) holds the lease until ${holder.until} at the latest.`;
}

function holderOf({ runId, requestId, trigger, deadline }: Claimant, now: Date): Holder {
  return { runId, requestId, trigger, until: endOf(now, deadline.remainingMs()) };
}

function endOf(now: Date, remainingMs: number): string {
  return new Date(now.getTime() + remainingMs + LEASE_MARGIN_MS).toISOString();
}

/** A turn is known by its run's id, not by a version of the object, so that it can be taken up again in another invocation. */
export function turnOf(
  store: Store,
  { key, runId, identity }: Claimant,
  { unfinished }: Pick<Turn, 'unfinished'>,
): Turn {
  const change = async (edit: (state: RunState) => RunState) => {
    const seen = await store.readJson<RunState>(key);
    const isMine = seen.value?.holder?.runId === runId;
    const written = seen.value && isMine ? await store.writeJson(key, edit(seen.value), seen) : undefined;
    if (written === undefined) throw new EvidenceError(`The lease was lost: ${key} was changed by another run.`);
  };
  const justSpent = (spent: boolean) => (spent && identity !== undefined ? [{ identity, runId }] : []);
  return {
    unfinished,
    acting: (planKey) => change((state) => ({ ...state, unfinished: [...state.unfinished, { runId, planKey }] })),
    end: ({ spent, settled }) =>
      change(({ holder: _released, unfinished: left, ...state }) => ({
        ...state,
        unfinished: settled ? [] : left,
        spent: [...state.spent, ...justSpent(spent)].slice(-SPENT_KEPT),
      })),
  };
}

/** `isFreed`: its end was brought forward; otherwise the run had begun to change things, and keeps it. */
type Left = Holder & { isFreed: boolean };

/**
 * For who is about to end the process of a run before its time: the lease then ends as at a deadline that is now, unless the run is
 * on record as changing things. What it began is settled by a later run, and a person may want to look first.
 * @returns undefined where the run of this request holds no lease
 * @throws EvidenceError when the state cannot be read or written
 */
export async function leave(
  store: Store,
  { key, requestId }: Pick<Claimant, 'key' | 'requestId'>,
): Promise<Left | undefined> {
  const seen = await readRunState(store, key);
  const { holder, unfinished = [] } = seen.value ?? {};
  if (seen.value === undefined || holder?.requestId !== requestId) return undefined;
  const isChanging = unfinished.some(({ runId }) => runId === holder.runId);
  if (isChanging) return { ...holder, isFreed: false };
  const ending = { ...holder, until: endOf(store.now(), 0) };
  const written = await store.writeJson(key, { ...seen.value, holder: ending }, seen);
  // Only the run itself could have been faster: it has just begun to change things, or ended.
  return written === undefined ? { ...holder, isFreed: false } : { ...ending, isFreed: true };
}
