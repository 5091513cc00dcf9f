/** Gives a role a password, without telling it to the server. */
import { RefusalError } from '../../runtime/errors.ts';
import type { Session } from '../../runtime/postgres.ts';
import { literal, quoted } from '../../runtime/sql.ts';
import { RejectedError } from '../kind.ts';
import { newPassword } from '../password.ts';
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

/** A password that a server rejects is replaced by a fresh one so often before anything is stored (F33). */
const MOST_TRIES = 3;

/**
 * Tries fresh passwords, and undoes each; within a transaction, or in one of its own.
 * @returns one that the server takes
 * @throws as `setPassword` does
 */
export async function acceptable(session: Session, role: string): Promise<string> {
  for (let tries = 1; ; tries += 1) {
    const password = newPassword();
    try {
      await trySetting(session, role, password);
      return password;
    } catch (error) {
      if (!(error instanceof RejectedError) || tries === MOST_TRIES) throw error;
    }
  }
}

async function trySetting(session: Session, role: string, password: string): Promise<void> {
  // Each throws where it fails: without them, the change would be a real one.
  await session.query('BEGIN');
  await session.query('SAVEPOINT before');
  try {
    await setPassword(session, role, password);
  } finally {
    await session.query('ROLLBACK TO SAVEPOINT before');
  }
}
