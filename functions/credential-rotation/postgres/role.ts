/** Who a session is, and that it is nobody whose password must not be changed by a program (F39). */
import { RefusalError } from '../../runtime/errors.ts';
import type { Session } from '../../runtime/postgres.ts';

/** RDS gives its master user this role instead of SUPERUSER. */
const MASTERS = ['rds_superuser', 'cloudsqlsuperuser', 'azure_pg_admin'];

/** @throws RefusalError where the role is not there, or has power over other roles' data by its nature */
export async function refuseSuperuser(session: Session, role: string): Promise<void> {
  const [row] = await session.query<{ powers: string[] }>(
    `SELECT pg_catalog.array_remove(ARRAY[
        CASE WHEN r.rolsuper THEN 'SUPERUSER' END, CASE WHEN r.rolreplication THEN 'REPLICATION' END,
        CASE WHEN r.rolbypassrls THEN 'BYPASSRLS' END
      ], NULL) || ARRAY(
        SELECT m.rolname::text FROM pg_catalog.pg_roles AS m
        WHERE m.rolname = ANY ($2) AND pg_catalog.pg_has_role(r.oid, m.oid, 'MEMBER')
      ) AS powers
    FROM pg_catalog.pg_roles AS r WHERE r.rolname = $1`,
    [role, MASTERS],
  );
  if (row === undefined) throw new RefusalError(`There is no role ${role}.`);
  if (row.powers.length > 0)
    throw new RefusalError(
      `The role ${role} is more than an application’s (${row.powers.join(', ')}), and is not rotated.`,
    );
}
