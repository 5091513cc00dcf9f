/** The databases on the isolated PostgreSQL: the only place that makes or drops one. */
import type { Session } from '../runtime/postgres.ts';
import { literal, quoted } from '../runtime/sql.ts';
import type { Lying } from './decide.ts';
import { labelOf, type Maker, nameOf } from './name.ts';

/** As the dump needs it. Without an encoding it is UTF8, with the server's own collation. */
export type Template = { encoding?: string };

/** @returns the server's time, in milliseconds since 1970 */
export async function readClock(session: Session): Promise<number> {
  const [row] = await session.query<{ now: string }>(
    `SELECT pg_catalog.date_part('epoch', pg_catalog.clock_timestamp())::text AS now`,
  );
  return Number(row?.now) * 1000;
}

/** Those that have a name like ours, whoever made them; or the one that is asked for. */
export function readLying(session: Session, name?: string): Promise<Lying[]> {
  return session.query<Lying>(
    `
    SELECT d.datname::text AS name, r.rolname = current_user AS owned,
      pg_catalog.shobj_description(d.oid, 'pg_database') AS comment
    FROM pg_catalog.pg_database AS d JOIN pg_catalog.pg_roles AS r ON r.oid = d.datdba
    WHERE d.datname LIKE 'nightshift\\_scratch\\_%' AND d.datname = coalesce($1, d.datname) ORDER BY d.datname COLLATE "C"`,
    [name ?? null],
  );
}

/**
 * A death between any two of these leaves what the sweep knows by its name. Nobody else may enter it: what was restored is as secret
 * as where it came from.
 */
export async function makeDatabase(session: Session, maker: Maker, { encoding = 'UTF8' }: Template): Promise<string> {
  const at = new Date(await readClock(session));
  const name = quoted(nameOf(maker, at));
  // The server's own collation may not exist in another encoding; C exists in all.
  const locale = encoding === 'UTF8' ? '' : ` LC_COLLATE 'C' LC_CTYPE 'C'${await libcOf(session)}`;
  await session.query(`CREATE DATABASE ${name} TEMPLATE template0 ENCODING ${literal(encoding)}${locale}`);
  await session.query(`COMMENT ON DATABASE ${name} IS ${literal(labelOf(maker, at))}`);
  await session.query(`REVOKE ALL ON DATABASE ${name} FROM PUBLIC`);
  return nameOf(maker, at);
}

/** From PostgreSQL 15 on, a server's own provider may be one that knows other encodings only. */
async function libcOf(session: Session): Promise<string> {
  const [row] = await session.query<{ has: boolean }>(
    `SELECT pg_catalog.current_setting('server_version_num')::int >= 150000 AS has`,
  );
  return row?.has ? ' LOCALE_PROVIDER libc' : '';
}

/** FORCE ends what still works in it. PostgreSQL lets nobody drop what belongs to another role. */
export async function dropDatabase(session: Session, name: string): Promise<void> {
  await session.query(`DROP DATABASE ${quoted(name)} WITH (FORCE)`);
}
