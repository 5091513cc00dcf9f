/** The two users and their owner in the catalogue: that they are as they should be, and how one of them is made so. */
import { RefusalError } from '../../runtime/errors.ts';
import type { Session } from '../../runtime/postgres.ts';
import { literal, quoted } from '../../runtime/sql.ts';
import type { Secret } from './contract.ts';

type Pair = Pick<Secret, 'users' | 'owner'>;

type Row = { name: string; canLogIn: boolean; isMember: boolean; owns: string[] };

const ROLES = `
  SELECT r.rolname::text AS name, r.rolcanlogin AS "canLogIn", coalesce(pg_catalog.pg_has_role(r.oid, o.oid, 'MEMBER'), false) AS "isMember",
    ARRAY(
      SELECT pg_catalog.pg_describe_object(d.classid, d.objid, 0) FROM pg_catalog.pg_shdepend AS d
      WHERE d.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass AND d.refobjid = r.oid AND d.deptype = 'o'
        AND d.dbid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
      ORDER BY 1 LIMIT 5
    ) AS owns
  FROM pg_catalog.pg_roles AS r LEFT JOIN pg_catalog.pg_roles AS o ON o.rolname = $2
  WHERE r.rolname = ANY ($1)`;

/** @throws RefusalError where one of the two owns what the other could not change (F37), or the owner could log in by itself */
export async function refuseUnfit(session: Session, { users, owner }: Pair): Promise<void> {
  const rows = await session.query<Row>(ROLES, [[...users, owner], owner]);
  const roleOf = (name: string) => rows.find((row) => row.name === name);
  const ownerRole = roleOf(owner);
  if (ownerRole === undefined) {
    throw new RefusalError(
      `There is no role ${owner}. Make it with CREATE ROLE ${quoted(owner)} NOLOGIN, and give it what the users own.`,
    );
  }
  if (ownerRole.canLogIn) throw new RefusalError(`The owner ${owner} can log in; make it NOLOGIN.`);
  for (const user of users) {
    const owned = roleOf(user)?.owns ?? [];
    if (owned.length === 0) continue;
    throw new RefusalError(
      `The user ${user} itself owns ${owned.join(', ')}, which the other one could not change. REASSIGN OWNED BY ${quoted(user)} TO ${quoted(owner)}.`,
    );
  }
}

/** Statements that may be carried out any number of times. */
export async function makeUser(session: Session, user: string, owner: string): Promise<void> {
  const [row] = await session.query<Row>(ROLES, [[user], owner]);
  const statements = [
    ...(row === undefined ? [`CREATE ROLE ${quoted(user)} LOGIN`] : []),
    ...(row?.canLogIn === false ? [`ALTER ROLE ${quoted(user)} LOGIN`] : []),
    ...(row?.isMember ? [] : [`GRANT ${quoted(owner)} TO ${quoted(user)}`]),
    // So that whatever it makes belongs to the owner, and it may do what the owner may.
    `ALTER ROLE ${quoted(user)} SET role = ${literal(owner)}`,
  ];
  const { complaint } = await session.run(statements.join(';\n'));
  if (complaint)
    throw new RefusalError(
      `The admin cannot make the user ${user} (PostgreSQL says ${complaint.code}); its GRANTs are in the README.`,
    );
}

/** @throws RefusalError unless the session has become the owner as it logged in */
export async function mustBeOwner(session: Session, owner: string): Promise<void> {
  const [row] = await session.query<{ current: string }>('SELECT current_user::text AS current');
  if (row?.current !== owner)
    throw new RefusalError(`The new login is ${row?.current}, and should have become ${owner}.`);
}

/** Sessions of a user, but for those that only look whether it can log in. */
export async function sessionsOf(session: Session, user: string): Promise<{ who: string }[]> {
  const rows = await session.query<{ application: string; sessions: number }>(
    `SELECT coalesce(application_name, '') AS application, count(*)::int AS sessions FROM pg_catalog.pg_stat_activity
     WHERE usename = $1 AND coalesce(application_name, '') NOT LIKE 'nightshift %' GROUP BY 1 ORDER BY 2 DESC`,
    [user],
  );
  return rows.map(({ application, sessions }) => ({
    who: `${sessions} ${sessions === 1 ? 'session' : 'sessions'} of ${user}${application && ` (${application})`}`,
  }));
}
