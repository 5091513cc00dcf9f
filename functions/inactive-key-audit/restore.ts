/** Turns keys on again that this runbook turned off, and no others. Asks neither halt nor caps: it is the way back. */
import { carryOut } from '../runtime/carry-out.ts';
import { logIn } from '../runtime/database.ts';
import { describe, RefusalError } from '../runtime/errors.ts';
import type { Invocation, Result } from '../runtime/invocation.ts';
import type { Session } from '../runtime/postgres.ts';
import type { Outcome } from '../runtime/report.ts';
import type { Input, Settings } from './contract.ts';
import { change, lastDone, readRecord } from './key-record.ts';
import { enableKey, mustBeAllowed } from './keys-table.ts';
import { settle } from './settle.ts';

type Audit = Invocation<Settings, Input>;
type Asked = { reader: Session; keyIds: string[] };
type Item = { keyId: string; why: string };

/** Halting stops forward acts only: in an emergency a person halts first and restores then. */
const unasked = async () => ({ go: true }) as const;

/** An error ends it: what was restored by then stays so, and the same input can simply be given again. */
export async function restore(audit: Audit, { reader, keyIds }: Asked): Promise<Result> {
  const items = [...new Set(keyIds)].map((keyId) => ({ keyId, why: 'asked for by hand' }));
  if (audit.mode === 'report') {
    const act = (item: Item) => restoreKey(audit, reader, item);
    return resultOf(await carryOut({ ...audit, halt: unasked }, { items, outcomeOf, act }), { settled: false });
  }
  const before = await settleIfPossible(audit, reader);
  await audit.storePlan(items);
  const actor = await logIn(audit, 'actor');
  try {
    await mustBeAllowed(actor, audit.settings, 'enable');
    await audit.acting();
    const act = (item: Item) => restoreKey(audit, actor, item);
    return resultOf(await carryOut({ ...audit, halt: unasked }, { items, outcomeOf, act }), before);
  } finally {
    await actor.close();
  }
}

type Before = { outcomes?: Outcome[]; settled: boolean };

/** Unlike an audit, the way back does not wait for that: what cannot be settled stays on record, and is told. */
async function settleIfPossible(audit: Audit, reader: Session): Promise<Before> {
  try {
    return { outcomes: await settle(audit, reader), settled: true };
  } catch (error) {
    if (!(error instanceof RefusalError)) throw error;
    const [first] = audit.unfinished;
    const why = 'it ended before it could say what it did';
    const target = `run ${first?.runId}`;
    return { outcomes: [{ target, action: 'settle', why, status: 'failed', error: describe(error) }], settled: false };
  }
}

/** A restore looks at no more than what it was asked for, so it never calls the system clean. */
function resultOf(carried: Awaited<ReturnType<typeof carryOut>>, before: Before): Result {
  const isDone = carried.outcomes.some(({ status }) => status === 'done');
  const because = 'No key was turned on again; the outcomes say why, or what would be.';
  return {
    examined: carried.outcomes.length,
    ...(!isDone && { ending: { verdict: 'skipped', because } as const }),
    ...carried,
    outcomes: [...(before.outcomes ?? []), ...carried.outcomes],
    settled: before.settled && carried.settled,
  };
}

async function restoreKey(audit: Audit, session: Session, item: Item): Promise<Outcome> {
  const { keyId } = item;
  const seen = await readRecord(audit, session, keyId);
  const last = lastDone(seen.value);
  if (last?.action === 'restore') return outcomeOf(item, 'skipped', `run ${last.runId} turned it on again already`);
  if (last === undefined) return outcomeOf(item, 'skipped', 'it was not this runbook that turned it off');
  if (audit.mode === 'report') return outcomeOf(item, 'planned');
  const act = () => enableKey(session, audit.settings, { keyId, xid: last.xid });
  const doing = { session, seen, keyId, action: 'restore', runId: audit.runId, now: audit.now, act } as const;
  return (await change(audit, doing)) ? outcomeOf(item, 'done') : outcomeOf(item, 'skipped', CHANGED);
}

const CHANGED = 'it is on already, gone, or was changed by somebody since this runbook turned it off';

function outcomeOf({ keyId, why }: Item, status: Outcome['status'], error?: string): Outcome {
  return { target: keyId, action: 'restore', why, status, ...(error !== undefined && { error }) };
}
