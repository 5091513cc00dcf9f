/**
 * What this runbook has done to one key, in a state object of its own: written before the change is committed, so that the
 * key can always be turned on again, and so that nobody else's decision is ever undone.
 */
import { EvidenceError, RefusalError } from '../runtime/errors.ts';
import type { Session } from '../runtime/postgres.ts';
import type { Seen, Store } from '../runtime/store.ts';
import { fateOf } from './keys-table.ts';

/** `begun` is written inside the transaction `xid`; whether that was committed, PostgreSQL tells. */
export type Change = {
  action: 'disable' | 'restore';
  runId: string;
  at: string;
  xid: string;
  status: 'begun' | 'done' | 'undone' | 'unknown';
};

export type KeyRecord = { keyId: string; changes: Change[] };

export type Records = { store: Store; stateKey: (name: string) => string };

const SETTLED = { committed: 'done', aborted: 'undone', unknown: 'unknown' } as const;

function keyOf({ stateKey }: Records, keyId: string): string {
  return stateKey(`keys/${encodeURIComponent(keyId)}.json`);
}

/**
 * The record of one key, with every change that was begun settled by what PostgreSQL says of its transaction.
 * Where it no longer knows, the change counts as not ours: whoever looks at the key decides.
 * @throws RefusalError while the transaction is still open
 */
export async function readRecord(records: Records, session: Session, keyId: string): Promise<Seen<KeyRecord>> {
  const seen = await records.store.readJson<KeyRecord>(keyOf(records, keyId));
  const begun = seen.value?.changes.find((change) => change.status === 'begun');
  if (seen.value === undefined || begun === undefined) return seen;
  const fate = await fateOf(session, begun.xid);
  if (fate === 'in progress')
    throw new RefusalError(`Run ${begun.runId} is still changing ${keyId}. Try again in a minute.`);
  const changes = seen.value.changes.map((change) =>
    change === begun ? { ...change, status: SETTLED[fate] } : change,
  );
  return write(records, { keyId, changes }, seen);
}

/** The last thing that this runbook did to the key. */
export function lastDone(record: KeyRecord | undefined): Change | undefined {
  return record?.changes.findLast((change) => change.status === 'done');
}

/**
 * Whether the key was turned on again since a warning, which is void then: whoever wanted it back is to be warned anew. A
 * restore of which nobody knows yet how it ended counts, too.
 * @param warnedAt seconds since 1970
 */
export async function wasRestoredSince(records: Records, keyId: string, warnedAt: number): Promise<boolean> {
  const { value } = await records.store.readJson<KeyRecord>(keyOf(records, keyId));
  return (value?.changes ?? []).some(
    ({ action, status, at }) =>
      action === 'restore' && status !== 'undone' && Math.floor(Date.parse(at) / 1000) > warnedAt,
  );
}

type Doing = {
  session: Session;
  seen: Seen<KeyRecord>;
  keyId: string;
  action: Change['action'];
  runId: string;
  now: Date;
  /** Changes the key inside a transaction. @returns the transaction's id, or undefined where nothing was to be changed */
  act: () => Promise<string | undefined>;
};

/**
 * Changes one key: the row is changed, the intent stored, and only then is it committed. Dying anywhere in between leaves
 * either nothing or a record that can be settled.
 * @returns whether the key was changed
 */
export async function change(
  records: Records,
  { session, seen, keyId, action, runId, now, act }: Doing,
): Promise<boolean> {
  const before = seen.value?.changes ?? [];
  const changes = (xid: string, status: Change['status']) => [
    ...before,
    { action, runId, at: now.toISOString(), xid, status },
  ];
  const begun = await session.transaction(async () => {
    const xid = await act();
    return xid === undefined
      ? undefined
      : { xid, record: await write(records, { keyId, changes: changes(xid, 'begun') }, seen) };
  });
  if (begun === undefined) return false;
  await write(records, { keyId, changes: changes(begun.xid, 'done') }, begun.record);
  return true;
}

async function write(records: Records, record: KeyRecord, seen: Seen<KeyRecord>): Promise<Seen<KeyRecord>> {
  const written = await records.store.writeJson(keyOf(records, record.keyId), record, seen);
  if (written === undefined) throw new EvidenceError(`The record of ${record.keyId} was changed by somebody else.`);
  return written;
}
