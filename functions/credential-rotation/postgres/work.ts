/** Does real work as a login, and changes nothing: a login that connects and may read nothing is no login (F38). */
import { RefusalError } from '../../runtime/errors.ts';
import type { Session } from '../../runtime/postgres.ts';
import { quoted } from '../../runtime/sql.ts';

const TABLES_READ = 20;

const READABLE = `
  SELECT n.nspname::text AS schema, c.relname::text AS "table"
  FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    AND pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND pg_catalog.has_table_privilege(c.oid, 'SELECT')
  ORDER BY c.oid LIMIT ${TABLES_READ}`;

/** @throws RefusalError with what PostgreSQL has against it */
export async function doWork(session: Session, statement: string | undefined): Promise<void> {
  // The statement is one by PostgreSQL's own reading, so it cannot end the transaction and go on after it.
  await session.query('BEGIN TRANSACTION READ ONLY');
  if (statement === undefined) await readSome(session);
  else {
    const answer = await session.ask(statement);
    if ('complaint' in answer)
      throw new RefusalError(
        `settings.secrets’ work does not run as the new login: PostgreSQL says ${answer.complaint.code}.`,
      );
  }
  await session.query('ROLLBACK');
}

async function readSome(session: Session): Promise<void> {
  const tables = await session.query<{ schema: string; table: string }>(READABLE);
  for (const { schema, table } of tables) await session.query(`SELECT FROM ${quoted(schema, table)} LIMIT 1`);
}
