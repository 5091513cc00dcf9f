/** The one place that deletes rows of the system's blob table, and puts them back. */
import type { Session } from '../runtime/postgres.ts';
import { quoted } from '../runtime/sql.ts';
import type { Settings } from './contract.ts';
import { fromBlobs, isHeld, isReferenced, isRowOf, type Mapped } from './needs.ts';
import type { Item } from './taken.ts';

/** `createdAt` is seconds since 1970. Without `row` there is none. */
export type RowNow = { row?: string; createdAt: number | undefined; isNeeded: boolean };

type Found = { hash: string; row: string | null; created_at: number | null; is_needed: boolean };

/** Each hash as it is now. */
export async function lookAtRows(session: Session, mapped: Mapped, hashes: string[]): Promise<Map<string, RowNow>> {
  const { createdAt } = mapped.blobs;
  const needed = isReferenced(mapped, { hash: 't.hash', ofRow: (column) => `b.${quoted(column)}` });
  const found = await session.query<Found>(
    `SELECT t.hash, pg_catalog.to_jsonb(b)::text AS row, floor(date_part('epoch', b.${quoted(createdAt)})) AS created_at,
            ${needed} OR ${isHeld(mapped)} AS is_needed
       FROM unnest($1::text[]) AS t(hash) LEFT JOIN ${fromBlobs(mapped)} ON ${isRowOf(mapped, 't.hash')}`,
    [hashes],
  );
  return new Map(
    found.map(({ hash, row, created_at, is_needed }) => [
      hash,
      {
        ...(row !== null && { row }),
        createdAt: created_at === null ? undefined : Number(created_at),
        isNeeded: is_needed,
      },
    ]),
  );
}

/**
 * Deletes those rows that are still as they were looked at, and that nothing needs. They are locked first: a reference by a foreign key
 * that was on its way is then committed and seen by the deleting statement, which has a snapshot of its own, and no other can be made
 * until we are done. Without that, `ON DELETE CASCADE` could take a reference away that was made in between.
 * A row that could not be put back as it was is not deleted either.
 * @returns hashes of the rows that are gone now
 */
export async function deleteRows(session: Session, mapped: Mapped, items: Item[]): Promise<Set<string>> {
  const withRows = items.filter(({ row }) => row !== undefined);
  if (withRows.length === 0) return new Set();
  const hashes = withRows.map(({ hash }) => hash);
  return session.transaction(async () => {
    await session.query(
      `SELECT FROM ${fromBlobs(mapped)} JOIN unnest($1::text[]) AS t(hash) ON ${isRowOf(mapped, 't.hash')}
        ORDER BY t.hash FOR UPDATE OF b`,
      [hashes],
    );
    const deleted = await session.query<{ hash: string }>(deleteSql(mapped), [hashes, withRows.map(({ row }) => row)]);
    return new Set(deleted.map(({ hash }) => hash));
  });
}

function deleteSql(mapped: Mapped): string {
  const needed = isReferenced(mapped, { hash: 't.hash', ofRow: (column) => `b.${quoted(column)}` });
  return `
    DELETE FROM ${fromBlobs(mapped)} USING unnest($1::text[], $2::text[]) AS t(hash, row)
     WHERE ${isRowOf(mapped, 't.hash')} AND pg_catalog.to_jsonb(b) = t.row::jsonb
       AND pg_catalog.to_jsonb(${recordOf(mapped, 't.row::jsonb')}) = t.row::jsonb
       AND NOT ${needed} AND NOT ${isHeld(mapped)}
    RETURNING t.hash`;
}

function recordOf({ blobs }: Pick<Mapped, 'blobs'>, json: string): string {
  return `pg_catalog.jsonb_populate_record(NULL::${quoted(blobs.schema, blobs.table)}, ${json})`;
}

/** Asks nothing else: who brings a row back may not be able to read what holds on to it. */
export async function hasRow(session: Session, mapped: Mapped, hash: string): Promise<boolean> {
  const found = await session.query(`SELECT 1 AS one FROM ${fromBlobs(mapped)} WHERE ${isRowOf(mapped, '$1::text')}`, [
    hash,
  ]);
  return found.length > 0;
}

/** Hashes, among these, that a row or a reference names again. A reference may still name the row that was deleted, by its id. */
export async function wantedAgain(session: Session, mapped: Mapped, items: Item[]): Promise<Set<string>> {
  if (items.length === 0) return new Set();
  const ofRow = (column: string) => `(${recordOf(mapped, 't.row::jsonb')}).${quoted(column)}`;
  const wanted = await session.query<{ hash: string }>(
    `SELECT t.hash FROM unnest($1::text[], $2::text[]) AS t(hash, row)
      WHERE EXISTS (SELECT FROM ${fromBlobs(mapped)} WHERE ${isRowOf(mapped, 't.hash')})
         OR ${isReferenced(mapped, { hash: 't.hash', ofRow })}`,
    [items.map(({ hash }) => hash), items.map(({ row }) => row ?? null)],
  );
  return new Set(wanted.map(({ hash }) => hash));
}

/**
 * Puts one row back as it was.
 * @param onConflict with which another row stands in its way: silent, as somebody may put the same one at this moment, or told
 * @returns false where none was put @throws RefusalError with what PostgreSQL says
 */
export async function putRow(
  session: Session,
  { blobs }: Pick<Settings, 'blobs'>,
  { row, onConflict }: { row: string; onConflict: 'leave' | 'throw' },
): Promise<boolean> {
  const table = quoted(blobs.schema, blobs.table);
  const columns = await session.query<{ name: string }>(
    // What the table generates is not given to it; an identity is, with OVERRIDING.
    `SELECT attname AS name FROM pg_catalog.pg_attribute
      WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum`,
    [table],
  );
  const names = columns.map(({ name }) => quoted(name)).join(', ');
  const put = await session.query(
    `INSERT INTO ${table} (${names}) OVERRIDING SYSTEM VALUE SELECT ${names} FROM ${recordOf({ blobs }, '$1::text::jsonb')}
     ${onConflict === 'leave' ? 'ON CONFLICT DO NOTHING' : ''} RETURNING 1 AS one`,
    [row],
  );
  return put.length > 0;
}
