/**
 * What the database itself says about who might reference a blob: its foreign keys, and every column that could hold a hash (F55).
 * Nothing here is a decision; `decide-catalogue.ts` makes them.
 */
import type { Session } from '../runtime/postgres.ts';
import { quoted } from '../runtime/sql.ts';
import type { Blobs } from './contract.ts';

/** A column of the system’s own tables; of a partition, the table that it is a part of is named. */
export type ColumnFacts = {
  schema: string;
  table: string;
  column: string;
  /** As in `text`, `character varying(64)`, `jsonb`. */
  type: string;
  isBytes: boolean;
  /** Whether the role that we are may read it. */
  isReadable: boolean;
  /** What holds its rows; another than the table where that is partitioned. */
  heap: { schema: string; table: string; pages: number };
};

/** `isSound`: every value has its row, and there is no exception. */
type ForeignKey = { schema: string; table: string; column: string; target: string; isSound: boolean };

export type Catalogue = { columns: ColumnFacts[]; foreignKeys: ForeignKey[]; role: string };

/** Types that a hash can stand in: strings and their domains, bytes, documents, and lists of any of these. */
const COLUMNS = `
  SELECT root_schema.nspname AS schema, root.relname AS table, a.attname AS column,
         pg_catalog.format_type(a.atttypid, a.atttypmod) AS type, base.typname = 'bytea' AS is_bytes,
         pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND pg_catalog.has_column_privilege(c.oid, a.attnum, 'SELECT') AS is_readable,
         n.nspname AS heap_schema, c.relname AS heap_table,
         (pg_catalog.pg_relation_size(c.oid) / pg_catalog.current_setting('block_size')::int)::int AS pages
    FROM pg_catalog.pg_attribute a
    JOIN pg_catalog.pg_class c ON c.oid = a.attrelid AND c.relkind = 'r' AND c.relpersistence <> 't'
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_catalog.pg_class root ON root.oid = CASE WHEN c.relispartition THEN pg_catalog.pg_partition_root(c.oid) ELSE c.oid END
    JOIN pg_catalog.pg_namespace root_schema ON root_schema.oid = root.relnamespace
    JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
    JOIN pg_catalog.pg_type item ON item.oid = CASE WHEN t.typcategory = 'A' THEN t.typelem ELSE t.oid END
    JOIN pg_catalog.pg_type base ON base.oid = coalesce(nullif(item.typbasetype, 0), item.oid)
   WHERE a.attnum > 0 AND NOT a.attisdropped
     AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
     AND (base.typcategory = 'S' OR base.typname IN ('bytea', 'json', 'jsonb', 'xml', 'hstore'))
   ORDER BY 1, 2, 3, 7, 8`;

const FOREIGN_KEYS = `
  SELECT n.nspname AS schema, c.relname AS table, a.attname AS column, target.attname AS target,
         k.convalidated AND cardinality(k.conkey) = 1 AS "isSound"
    FROM pg_catalog.pg_constraint k
    JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
   CROSS JOIN LATERAL unnest(k.conkey, k.confkey) AS pair(own, other)
    JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = pair.own
    JOIN pg_catalog.pg_attribute target ON target.attrelid = k.confrelid AND target.attnum = pair.other
   WHERE k.contype = 'f' AND k.conparentid = 0 AND k.confrelid = $1::regclass
   ORDER BY 1, 2, 3`;

type ColumnRow = Omit<ColumnFacts, 'isBytes' | 'isReadable' | 'heap'> & {
  is_bytes: boolean;
  is_readable: boolean;
  heap_schema: string;
  heap_table: string;
  pages: number;
};

/** @throws RefusalError where there is no such table */
export async function readCatalogue(session: Session, { schema, table }: Blobs): Promise<Catalogue> {
  const columns = await session.query<ColumnRow>(COLUMNS);
  const foreignKeys = await session.query<ForeignKey>(FOREIGN_KEYS, [quoted(schema, table)]);
  const [me] = await session.query<{ role: string }>('SELECT current_user AS role');
  return { columns: columns.map(factsOf), foreignKeys, role: me?.role ?? '' };
}

function factsOf({ is_bytes, is_readable, heap_schema, heap_table, pages, ...names }: ColumnRow): ColumnFacts {
  const heap = { schema: heap_schema, table: heap_table, pages };
  return { ...names, isBytes: is_bytes, isReadable: is_readable, heap };
}
