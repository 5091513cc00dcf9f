/** Logs in to a cache, and tells a wrong password from everything else that keeps one out. */
import { RefusalError } from '../../runtime/errors.ts';
import type { Reply } from './resp.ts';
import { type Access, dial, type Session } from './session.ts';

/** Without a user name it is the token of the default user, which servers before Redis 6 know alone. */
export type Login = { username?: string; password: string };

/** Redis 6 and Valkey, and before them Redis 5. A cache that loads its data, or a user who may not, answers otherwise (F36). */
const WRONG = /^(WRONGPASS |ERR invalid password$)/;

/**
 * @returns undefined where the cache says that the password is wrong, or that there is no such user, which it says alike
 * @throws RefusalError for anything else
 */
export async function logIn(access: Access, { username, password }: Login): Promise<Session | undefined> {
  const session = await dial(access);
  try {
    const reply = await session.ask('AUTH', ...(username === undefined ? [] : [username]), password);
    if (reply === 'OK') return session;
    if (isComplaint(reply) && WRONG.test(reply.complaint)) return closed(session);
    throw complaintOf(session, 'AUTH', reply);
  } catch (error) {
    session.close();
    throw error;
  }
}

function closed(session: Session): undefined {
  session.close();
}

export function isComplaint(reply: Reply): reply is { complaint: string } {
  return typeof reply === 'object' && reply !== null && 'complaint' in reply;
}

/** Only the code of what the cache says: its sentence may quote the command, and with it a password (F16). */
export function complaintOf({ host }: Session, command: string, reply: Reply): RefusalError {
  const code = isComplaint(reply) ? (/^[A-Z]{1,20}(?= |$)/.exec(reply.complaint)?.[0] ?? 'an error') : 'something else';
  return new RefusalError(`The cache at ${host} answers ${command} with ${code}.`);
}
