/** SQL that finds hashes wherever settings say that blobs are referenced; of names that passed the contract, and quoted. */
import { literal, quoted } from '../runtime/sql.ts';
import type { Reference, Settings } from './contract.ts';

export type Mapping = Pick<Settings, 'blobs' | 'references'>;

/** Whether a column is bytea: its bytes are then compared as hexadecimal digits. By `table.column`, quoted. */
export type ByteColumns = ReadonlySet<string>;

export function nameOf({ schema, table, column }: Pick<Reference, 'schema' | 'table' | 'column'>): string {
  return `${schema}.${table}.${column}`;
}

/** Compared byte by byte: another collation might call two spellings equal, and only one of them is the key. */
export function textOf(expression: string, isBytes: boolean): string {
  return `${isBytes ? `pg_catalog.encode(${expression}, 'hex')` : `${expression}::text`} COLLATE "C"`;
}

export function hashOfBlob({ blobs }: Mapping, bytes: ByteColumns): string {
  const { schema, table, hash } = blobs;
  return textOf(`b.${quoted(hash)}`, bytes.has(nameOf({ schema, table, column: hash })));
}

/** One column’s references, a hash each. Nothing is left out: not what is marked as deleted either (F56). */
export function selectHashes(mapping: Mapping, reference: Reference, bytes: ByteColumns): string {
  const { schema, table, column, holds } = reference;
  const from = `FROM ${quoted(schema, table)} r`;
  const value = `r.${quoted(column)}`;
  if (holds === 'id') {
    const { blobs } = mapping;
    return `SELECT ${hashOfBlob(mapping, bytes)} AS hash ${from}
              JOIN ${quoted(blobs.schema, blobs.table)} b ON b.${quoted(blobs.id ?? '')} = ${value}`;
  }
  if (holds === 'hash')
    return `SELECT ${textOf(value, bytes.has(nameOf(reference)))} AS hash ${from} WHERE ${value} IS NOT NULL`;
  const { hashDigits } = mapping.blobs;
  return `SELECT pg_catalog.substr(found.run[1], at, ${hashDigits}) COLLATE "C" AS hash ${from},
                 ${runsIn(`${value}::text`, hashDigits)} AS found(run),
                 pg_catalog.generate_series(1, length(found.run[1]) - ${hashDigits} + 1) AS at`;
}

/**
 * Every unbroken run of at least as many hexadecimal digits, as arrays of one. Digits may stand right before or behind a hash, as in
 * `1220…` or `file…`, so a hash may begin at any place of a run. Capitals are taken as small letters: at worst an orphan stays.
 */
export function runsIn(text: string, hashDigits: number): string {
  return `pg_catalog.regexp_matches(pg_catalog.lower((${text}) COLLATE "C"), ${literal(`[0-9a-f]{${hashDigits},}`)}, 'g')`;
}
