/** What the blob table does by itself when we delete a row of it, or put one back: nobody could undo that. */
import { RefusalError } from '../runtime/errors.ts';
import type { Session } from '../runtime/postgres.ts';
import { quoted } from '../runtime/sql.ts';
import type { Settings } from './contract.ts';

/**
 * Of the table, its partitions and what inherits from it, those that are switched on: triggers that somebody made, for INSERT (4) or
 * DELETE (8) in the bits of `tgtype`, and rules for INSERT (3) or DELETE (4). PostgreSQL's own see to foreign keys, which `isHeld` asks for.
 */
const TRIGGERS = `
  WITH RECURSIVE own AS (
    SELECT $1::regclass::oid AS oid
     UNION SELECT i.inhrelid FROM pg_catalog.pg_inherits i JOIN own ON own.oid = i.inhparent)
  SELECT t.tgname AS name FROM pg_catalog.pg_trigger t JOIN own ON own.oid = t.tgrelid
   WHERE NOT t.tgisinternal AND t.tgenabled IN ('O', 'A') AND t.tgtype & 12 <> 0
   UNION
  SELECT r.rulename FROM pg_catalog.pg_rewrite r JOIN own ON own.oid = r.ev_class
   WHERE r.ev_enabled IN ('O', 'A') AND r.ev_type IN ('3', '4')
   ORDER BY 1`;

/** @throws RefusalError naming each that settings do not */
export async function mustKnowTriggers(session: Session, { blobs, triggers }: Settings): Promise<void> {
  const found = await session.query<{ name: string }>(TRIGGERS, [quoted(blobs.schema, blobs.table)]);
  const unknown = found.map(({ name }) => name).filter((name) => !triggers.includes(name));
  if (unknown.length === 0) return;
  throw new RefusalError(
    `${blobs.schema}.${blobs.table} has triggers or rules that act when a row is deleted or put back: ${unknown.join(', ')}. What they change beside it, no undoing brings back. Name in settings.triggers those of which the README’s conditions hold, or switch them off.`,
  );
}
