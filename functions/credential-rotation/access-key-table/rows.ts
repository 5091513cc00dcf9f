/** The one place where this kind talks to the system's database. */
import { logIn } from '../../runtime/database.ts';
import { RefusalError } from '../../runtime/errors.ts';
import type { Session } from '../../runtime/postgres.ts';
import { RejectedError, type Subject } from '../kind.ts';
import type { Secret, Settings } from './contract.ts';
import {
  disableRow,
  insertRow,
  type Mapping,
  SELECT_COLUMNS,
  selectDifferences,
  selectRow,
  selectUse,
  tableOf,
} from './sql.ts';

export type Of = Subject<Settings, Secret>;

/** @param who the reader sees no secrets, not even sealed ones; the actor makes keys and turns them off */
export async function as<Value>(
  { run }: Of,
  who: 'reader' | 'actor',
  work: (session: Session) => Promise<Value>,
): Promise<Value> {
  const session = await logIn(run, who);
  try {
    return await work(session);
  } finally {
    await session.close();
  }
}

/** A key as the table has it. */
export type Row = {
  sealed: string;
  owner: string | null;
  isUsable: boolean;
  isOwnerActive: boolean;
};

/** @throws RefusalError where an id is not one key's */
export async function readRow(session: Session, mapping: Mapping, keyId: string): Promise<Row | undefined> {
  const rows = await session.query<Row>(selectRow(mapping), [keyId]);
  if (rows.length > 1) throw new RefusalError(`The table has ${rows.length} rows of the key ${keyId}.`);
  return rows[0];
}

export type NewRow = { keyId: string; sealed: string; insteadOf: string; owner: string };

/** `data_exception` and `integrity_constraint_violation`: what is wrong is the row itself. */
const REJECTED = /^2[23]/;

/**
 * @throws RejectedError where the table does not take such a row; RefusalError where the key that it replaces is no longer what it was,
 *   or where there is no room for one more
 */
export async function makeRow(session: Session, mapping: Mapping, row: NewRow): Promise<void> {
  const { keyId, sealed, insteadOf, owner } = row;
  const made = await session.query(insertRow(mapping), [keyId, sealed, insteadOf, owner]).catch(rejectedOr);
  if (made.length === 0)
    throw new RefusalError(
      `No key was made: ${insteadOf} is no longer a key of ${owner}’s that is in use, or ${owner} has as many active keys as settings allow.`,
    );
}

function rejectedOr(error: unknown): never {
  const code = error instanceof RefusalError && (error.cause as { code?: unknown } | undefined)?.code;
  if (typeof code !== 'string' || !REJECTED.test(code)) throw error;
  throw new RejectedError(`The table does not take the new key (${code}).`, { cause: error });
}

/** Carries work out, and undoes it. */
export async function tried(session: Session, work: () => Promise<void>): Promise<void> {
  await session.query('BEGIN');
  try {
    await work();
  } finally {
    await session.query('ROLLBACK');
  }
}

export type Disabling = { keyId: string; keeping: string; owner: string; unusedForSeconds: number | null };

/** @returns whether it was turned off by this statement */
export async function turnOff(session: Session, mapping: Mapping, disabling: Disabling): Promise<boolean> {
  const { keyId, keeping, owner, unusedForSeconds } = disabling;
  return (await session.query(disableRow(mapping), [keyId, keeping, owner, unusedForSeconds])).length > 0;
}

type UseRow = { isActive: boolean; lastUsedAt: Date | null; isUsed: boolean };

/** Whether it was used within so many seconds; undefined where there is no such key. */
export async function readUse(
  session: Session,
  mapping: Mapping,
  { keyId, withinSeconds }: { keyId: string; withinSeconds: number },
): Promise<UseRow | undefined> {
  const [row] = await session.query<UseRow>(selectUse(mapping), [keyId, withinSeconds]);
  return row;
}

/** @throws RefusalError where the new key may do other things than the one that it replaces (F38) */
export async function refuseDifferences(
  session: Session,
  mapping: Mapping,
  { keyId, insteadOf }: Pick<NewRow, 'keyId' | 'insteadOf'>,
): Promise<void> {
  const sql = selectDifferences(mapping);
  const [row] = await session.query<{ different: string[]; isUsable: boolean }>(sql, [keyId, insteadOf]);
  if (row?.isUsable !== true) throw new RefusalError(`The key ${keyId} is not in the table, or not in use.`);
  if (row.different.length > 0)
    throw new RefusalError(`The key ${keyId} differs from ${insteadOf} in ${row.different.join(', ')}.`);
}

/** @throws RefusalError naming a column of which settings do not say where a new key's value comes from */
export async function refuseUnknownColumns(session: Session, mapping: Mapping): Promise<void> {
  const { keyId, secret, owner, createdAt, lastUsedAt, expiresAt, status, copied, filled } = mapping.keys;
  const known = new Set([keyId, secret, owner, createdAt, lastUsedAt, expiresAt, status.column, ...copied, ...filled]);
  const columns = await session.query<{ name: string }>(SELECT_COLUMNS, [tableOf(mapping)]);
  const unknown = columns.filter(({ name }) => !known.has(name)).map(({ name }) => name);
  if (unknown.length > 0)
    throw new RefusalError(
      `The table has columns that settings do not name: ${unknown.join(', ')}. Put each into keys.copied or keys.filled.`,
    );
}
