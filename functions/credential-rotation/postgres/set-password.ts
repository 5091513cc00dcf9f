/** Gives a role a password, without telling it to the server. */
import { RefusalError } from '../../runtime/errors.ts';
import type { Session } from '../../runtime/postgres.ts';
import { literal, quoted } from '../../runtime/sql.ts';
import { RejectedError } from '../kind.ts';
import { scramVerifier } from './scram.ts';

const alterRole = (role: string, password: string) =>
  `ALTER ROLE ${quoted(role)} PASSWORD ${literal(scramVerifier(password))}`;

/** `invalid_parameter_value` and its class: what a hook that judges passwords raises. Everything else is not about the password. */
const REJECTED = /^22/;

/** @throws RejectedError where the server does not accept it; RefusalError where it cannot be asked, or the role may not */
export async function setPassword(session: Session, role: string, password: string): Promise<void> {
  const { complaint } = await session.run(alterRole(role, password));
  if (complaint === undefined) return;
  const what = `PostgreSQL does not give ${role} its new password (${complaint.code}).`;
  throw REJECTED.test(complaint.code) ? new RejectedError(what) : new RefusalError(what);
}

/** Whether the server would accept it: the statement is carried out, and undone. @throws as `setPassword` does */
export async function trySetting(session: Session, role: string, password: string): Promise<void> {
  await session.run('BEGIN');
  try {
    await setPassword(session, role, password);
  } finally {
    await session.run('ROLLBACK');
  }
}
