/** What a restored database says that it has: its tables and its foreign keys. */
import type { Session } from '../runtime/postgres.ts';

/** `root`: of the tables that are parts of another, the one that all are parts of; otherwise the table itself. */
export type Table = { schema: string; table: string; isPartitioned: boolean; root: { schema: string; table: string } };

/** Those with rows of their own, and those that have them in parts. @throws RefusalError when they cannot be read */
export function readTables(session: Session): Promise<Table[]> {
  return session.query<Table>(`
    SELECT n.nspname::text AS schema, c.relname::text AS table, c.relkind = 'p' AS "isPartitioned",
      pg_catalog.json_build_object('schema', rn.nspname, 'table', r.relname) AS root
    FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    JOIN pg_catalog.pg_class AS r ON r.oid = coalesce(CASE WHEN c.relispartition THEN pg_catalog.pg_partition_root(c.oid) END, c.oid)
    JOIN pg_catalog.pg_namespace AS rn ON rn.oid = r.relnamespace
    WHERE c.relkind IN ('r', 'p') AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%'
    ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C"`);
}

/** `columns` and `parentColumns` in pairs, each compared by the operator of the same place. */
export type ForeignKey = {
  name: string;
  schema: string;
  table: string;
  isValidated: boolean;
  parentSchema: string;
  parentTable: string;
  columns: string[];
  parentColumns: string[];
  operators: { schema: string; name: string }[];
};

/** But for those that are declared not to be enforced, and the parts of one of a partitioned table. */
export function readForeignKeys(session: Session): Promise<ForeignKey[]> {
  return session.query<ForeignKey>(`
    SELECT k.conname::text AS name, n.nspname::text AS schema, c.relname::text AS table, k.convalidated AS "isValidated",
      pn.nspname::text AS "parentSchema", p.relname::text AS "parentTable",
      ARRAY(SELECT a.attname::text FROM pg_catalog.unnest(k.conkey) WITH ORDINALITY AS u(n, i)
        JOIN pg_catalog.pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = u.n ORDER BY u.i) AS columns,
      ARRAY(SELECT a.attname::text FROM pg_catalog.unnest(k.confkey) WITH ORDINALITY AS u(n, i)
        JOIN pg_catalog.pg_attribute AS a ON a.attrelid = k.confrelid AND a.attnum = u.n ORDER BY u.i) AS "parentColumns",
      (SELECT pg_catalog.json_agg(pg_catalog.json_build_object('schema', opn.nspname, 'name', op.oprname) ORDER BY u.i)
        FROM pg_catalog.unnest(k.conpfeqop) WITH ORDINALITY AS u(o, i)
        JOIN pg_catalog.pg_operator AS op ON op.oid = u.o
        JOIN pg_catalog.pg_namespace AS opn ON opn.oid = op.oprnamespace) AS operators
    FROM pg_catalog.pg_constraint AS k
    JOIN pg_catalog.pg_class AS c ON c.oid = k.conrelid JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    JOIN pg_catalog.pg_class AS p ON p.oid = k.confrelid JOIN pg_catalog.pg_namespace AS pn ON pn.oid = p.relnamespace
    WHERE k.contype = 'f' AND k.conparentid = 0
      AND coalesce(pg_catalog.to_jsonb(k) ->> 'conenforced', 'true') = 'true'
    ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C", k.conname COLLATE "C"`);
}
