/** Logs in to the isolated PostgreSQL, and refuses it unless it is isolated and the role has no power that a restore must not have. */
import type { Deadline } from '../runtime/deadline.ts';
import { RefusalError } from '../runtime/errors.ts';
import { connect, type Session } from '../runtime/postgres.ts';
import { type Login, readLogin } from '../runtime/secret.ts';
import { addressesOf } from './addresses.ts';
import type { Scratch } from './contract.ts';
import { type Ground, isSource, unfit } from './decide.ts';
import { type Maker, readName } from './name.ts';

export type Run = { settings: Scratch; maker: Maker; deadline: Deadline };

/**
 * @param dbname of a scratch database; by default the one that settings or secret name
 * @throws RefusalError when nothing may be restored there
 */
export async function logIn({ settings, maker, deadline }: Run, dbname?: string): Promise<Session> {
  const { database, source } = settings;
  const login = await readLogin(database, 'reader');
  await refuseSource(login, settings);
  const application = `nightshift ${maker.runbook} ${maker.runId}`;
  const to = dbname === undefined ? login : { ...login, dbname };
  const session = await connect({ database, login: to, deadline, application });
  try {
    const reasons = unfit(await readGround(session), source);
    if (reasons.length > 0) throw refusal(login, reasons.join('; '));
    return session;
  } catch (error) {
    await session.close();
    throw error;
  }
}

/** Before anything is said to it, so that production never even sees the login. */
async function refuseSource(login: Login, { source }: Scratch): Promise<void> {
  const [addresses, sourceAddresses] = await Promise.all([addressesOf([login.host]), addressesOf(source.hosts)]);
  const reason = isSource({ host: login.host, addresses }, { hosts: source.hosts, addresses: sourceAddresses });
  if (reason !== undefined) throw refusal(login, reason);
}

function refusal({ host, port }: Login, reasons: string): RefusalError {
  return new RefusalError(
    `Nothing is restored at ${host}:${port}, because ${reasons}. settings.scratch must name an isolated PostgreSQL with nothing of value on it, and a role made by CREATE ROLE … LOGIN CREATEDB that is given nothing else.`,
  );
}

type Row = { systemIdentifier: string; version: number; name: string; powers: string[]; createsDatabases: boolean };

/** A member of pg_execute_server_program and its like could run programs: so the role must be a member of nothing at all. */
async function readGround(session: Session): Promise<Ground> {
  const [row] = await session.query<Row & { memberOf: string[]; ownsIn: string[] }>(`
    SELECT (SELECT system_identifier::text FROM pg_catalog.pg_control_system()) AS "systemIdentifier",
      pg_catalog.current_setting('server_version_num')::int AS version,
      me.rolname::text AS name,
      me.rolcreatedb AS "createsDatabases",
      pg_catalog.array_remove(ARRAY[
        CASE WHEN me.rolsuper THEN 'SUPERUSER' END, CASE WHEN me.rolcreaterole THEN 'CREATEROLE' END,
        CASE WHEN me.rolreplication THEN 'REPLICATION' END, CASE WHEN me.rolbypassrls THEN 'BYPASSRLS' END
      ], NULL) AS powers,
      ARRAY(
        SELECT of.rolname::text FROM pg_catalog.pg_auth_members AS membership
        JOIN pg_catalog.pg_roles AS of ON of.oid = membership.roleid WHERE membership.member = me.oid ORDER BY 1
      ) AS "memberOf",
      ARRAY(
        SELECT d.datname::text FROM pg_catalog.pg_database AS d WHERE d.datdba = me.oid
        UNION SELECT d.datname::text FROM pg_catalog.pg_shdepend AS dependency
        JOIN pg_catalog.pg_database AS d ON d.oid = dependency.dbid
        WHERE dependency.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass
          AND dependency.refobjid = me.oid AND dependency.deptype = 'o'
        ORDER BY 1
      ) AS "ownsIn"
    FROM pg_catalog.pg_roles AS me WHERE me.rolname = current_user AND current_user = session_user`);
  if (row === undefined) throw new RefusalError('The isolated PostgreSQL does not say who we are on it.');
  const { systemIdentifier, version, ...role } = row;
  const ownsIn = role.ownsIn.filter((name) => readName(name) === undefined).map((name) => `(something in) ${name}`);
  return { systemIdentifier, version, role: { ...role, ownsIn } };
}
