/** What a session may do in its database, as lines that can be compared with another session's (F38). */
import type { Session } from '../../runtime/postgres.ts';

const OWN = `n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'`;
const ON_TABLES = ['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER'];
const BY_COLUMN = ['SELECT', 'INSERT', 'UPDATE', 'REFERENCES'];
const array = (words: string[]) => `ARRAY[${words.map((word) => `'${word}'`).join(', ')}]`;

/** Owning a thing allows all of it, and more: to change and to drop it. */
const PRIVILEGES = `
  SELECT may || ' on ' || what AS line FROM (
    SELECT p AS may, c.oid::pg_catalog.regclass::text AS what
      FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace, pg_catalog.unnest(${array(ON_TABLES)}) AS p
      WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND ${OWN} AND pg_catalog.has_table_privilege(c.oid, p)
    UNION ALL SELECT p || ' (some column)', c.oid::pg_catalog.regclass::text
      FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace, pg_catalog.unnest(${array(BY_COLUMN)}) AS p
      WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND ${OWN} AND pg_catalog.has_any_column_privilege(c.oid, p)
    UNION ALL SELECT p, c.oid::pg_catalog.regclass::text
      FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace, pg_catalog.unnest(${array(['USAGE', 'SELECT', 'UPDATE'])}) AS p
      WHERE c.relkind = 'S' AND ${OWN} AND pg_catalog.has_sequence_privilege(c.oid, p)
    UNION ALL SELECT 'OWN', c.oid::pg_catalog.regclass::text
      FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
      WHERE ${OWN} AND pg_catalog.pg_has_role(c.relowner, 'USAGE')
    UNION ALL SELECT 'EXECUTE', f.oid::pg_catalog.regprocedure::text
      FROM pg_catalog.pg_proc AS f JOIN pg_catalog.pg_namespace AS n ON n.oid = f.pronamespace
      WHERE ${OWN} AND pg_catalog.has_function_privilege(f.oid, 'EXECUTE')
    UNION ALL SELECT p, 'schema ' || n.nspname
      FROM pg_catalog.pg_namespace AS n, pg_catalog.unnest(${array(['USAGE', 'CREATE'])}) AS p
      WHERE ${OWN} AND pg_catalog.has_schema_privilege(n.oid, p)
    UNION ALL SELECT p, 'this database'
      FROM pg_catalog.unnest(${array(['CONNECT', 'CREATE', 'TEMPORARY'])}) AS p
      WHERE pg_catalog.has_database_privilege(pg_catalog.current_database(), p)
    UNION ALL SELECT 'MEMBER', r.rolname
      FROM pg_catalog.pg_roles AS r WHERE r.rolname <> ALL ($1) AND pg_catalog.pg_has_role(r.oid, 'USAGE')
  ) AS privileges ORDER BY 1`;

/** @param aside roles that one of two logins is and the other is not, by their nature */
export async function privilegesOf(session: Session, aside: string[]): Promise<string[]> {
  const rows = await session.query<{ line: string }>(PRIVILEGES, [aside]);
  return rows.map(({ line }) => line);
}

/** Pure. @returns what the first may do and the second may not */
export function missingFrom(old: string[], fresh: string[]): string[] {
  const known = new Set(fresh);
  return old.filter((line) => !known.has(line));
}
