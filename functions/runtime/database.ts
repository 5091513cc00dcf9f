/** Logs one run in to the database that its settings name. */
import type { Database } from './contract.ts';
import type { Invocation } from './invocation.ts';
import { connect, type Session } from './postgres.ts';
import { readLogin } from './secret.ts';

/** What of a run it takes. */
export type LoggingIn = Pick<
  Invocation<{ database: Database }, unknown>,
  'settings' | 'deadline' | 'runbook' | 'runId'
>;

/**
 * @param as the reader looks; the actor may change things, and its secret can be read by a function deployed in enforce mode only
 * @throws RefusalError when the secret cannot be read or the server not be used
 */
export async function logIn(
  { settings: { database }, deadline, runbook, runId }: LoggingIn,
  as: 'reader' | 'actor',
): Promise<Session> {
  const login = await readLogin(database, as);
  return connect({ database, login, deadline, application: `nightshift ${runbook} ${runId}` });
}
