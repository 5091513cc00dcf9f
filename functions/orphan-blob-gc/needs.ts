/** SQL that asks whether anything needs a blob, as it is at this moment; of names that passed the contract, and quoted. */
import { quoted } from '../runtime/sql.ts';
import type { Catalogue } from './catalogue.ts';
import type { Settings } from './contract.ts';
import { type ByteColumns, nameOf, selectHashes } from './references.ts';

export type Mapped = Pick<Settings, 'blobs' | 'references'> & {
  bytes: ByteColumns;
  /** Every foreign key to the blob table, also those of tables that keep no blob alive. */
  foreignKeys: Catalogue['foreignKeys'];
};

/** The blob table as `b`. */
export function fromBlobs({ blobs }: Pick<Mapped, 'blobs'>): string {
  return `${quoted(blobs.schema, blobs.table)} b`;
}

/** The row of a hash, given as digits. The column is left as it is, so that its index can be used. */
export function isRowOf({ blobs, bytes }: Mapped, hash: string): string {
  return `b.${quoted(blobs.hash)} = ${asStored(hash, bytes.has(nameOf({ ...blobs, column: blobs.hash })))}`;
}

function asStored(hash: string, isBytes: boolean): string {
  return isBytes ? `pg_catalog.decode(${hash}, 'hex')` : hash;
}

/**
 * Whether any reference names the blob. Compared in the column's own collation, which may find more than the same bytes and never
 * less: at worst an orphan stays.
 * @param given SQL of the hash’s digits, and of one column of the row, also of one that was deleted
 */
export function isReferenced(mapped: Mapped, given: { hash: string; ofRow: (column: string) => string }): string {
  const { blobs, references, bytes } = mapped;
  const each = references.map((reference) => {
    const from = `SELECT FROM ${quoted(reference.schema, reference.table)} r WHERE r.${quoted(reference.column)}`;
    if (reference.holds === 'id') return `EXISTS (${from} = ${given.ofRow(blobs.id ?? '')})`;
    if (reference.holds === 'hash') return `EXISTS (${from} = ${asStored(given.hash, bytes.has(nameOf(reference)))})`;
    return `${given.hash} IN (SELECT hash FROM (${selectHashes(mapped, reference, bytes)}) found)`;
  });
  return `(${each.join('\n OR ')})`;
}

/**
 * Whether a foreign key holds on to the row `b`. One of a table that keeps no blob alive does so, too: deleting the row would fail, or
 * take that table's rows with it, which nobody could bring back.
 */
export function isHeld({ foreignKeys }: Mapped): string {
  const each = foreignKeys.map(
    ({ schema, table, column, target }) =>
      `EXISTS (SELECT FROM ${quoted(schema, table)} r WHERE r.${quoted(column)} = b.${quoted(target)})`,
  );
  return each.length === 0 ? 'false' : `(${each.join('\n OR ')})`;
}
