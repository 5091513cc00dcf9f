/** Logs a role in, and tells a wrong password from everything else that keeps one out. */
import { RefusalError } from '../../runtime/errors.ts';
import { connect, type Session } from '../../runtime/postgres.ts';
import type { Login } from '../../runtime/secret.ts';
import type { Subject } from '../kind.ts';
import type { Server } from './contract.ts';

/** `invalid_password`. A rule of pg_hba.conf is 28000, and a network has no code of PostgreSQL's at all (F36). */
const WRONG_PASSWORD = '28P01';

type Logging = { run: Pick<Subject['run'], 'deadline' | 'runbook' | 'runId'>; server: Server; login: Login };

/**
 * @returns undefined where PostgreSQL says that the password is wrong, or that there is no such role, which it says alike
 * @throws RefusalError for anything else
 */
export async function logIn({ run, server, login }: Logging): Promise<Session | undefined> {
  const { deadline, runbook, runId } = run;
  try {
    return await connect({ database: server, login, deadline, application: `nightshift ${runbook} ${runId}` });
  } catch (error) {
    const code = error instanceof RefusalError && (error.cause as { code?: unknown } | undefined)?.code;
    if (code === WRONG_PASSWORD) return undefined;
    throw error;
  }
}

/** Does something as this login. @throws RefusalError, also where the password is wrong */
export async function as<Value>(logging: Logging, work: (session: Session) => Promise<Value>): Promise<Value> {
  const session = await logIn(logging);
  if (session === undefined)
    throw new RefusalError(
      `PostgreSQL at ${logging.login.host} says that the password of ${logging.login.user} is wrong.`,
    );
  try {
    return await work(session);
  } finally {
    await session.close();
  }
}

/** @returns whether the password is right */
export async function canLogIn(logging: Logging): Promise<boolean> {
  const session = await logIn(logging);
  await session?.close();
  return session !== undefined;
}
