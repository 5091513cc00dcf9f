/** Who is connected to a cache. */
import { RefusalError } from '../../runtime/errors.ts';
import type { Use } from '../kind.ts';
import { complaintOf, isComplaint } from './login.ts';
import type { Session } from './session.ts';

type Asked = { username: string; now: Date; before: Date };

/**
 * Connections of this user that were made before a moment, so with what was valid then. With which of two passwords a later one was
 * made, a cache does not tell.
 * @throws RefusalError where they cannot be seen: that is not the same as that there are none
 */
export async function connectionsSince(session: Session, { username, now, before }: Asked): Promise<Use[]> {
  const text = await listClients(session, username);
  return text.split('\n').flatMap((line) => {
    const fields = new Map(line.split(' ').map((field) => cut(field)));
    // Servers before Redis 6 know one user only, and do not name it.
    if (!fields.has('age') || (fields.get('user') ?? username) !== username) return [];
    const since = new Date(now.getTime() - Number(fields.get('age')) * 1_000);
    return since < before ? [{ who: `the connection of ${fields.get('addr')} to ${session.host}`, since }] : [];
  });
}

export async function listClients(session: Session, username: string): Promise<string> {
  const reply = await session.ask('CLIENT', 'LIST');
  if (typeof reply === 'string') return reply;
  if (isComplaint(reply) && reply.complaint.startsWith('NOPERM'))
    throw new RefusalError(
      `${username} may not call CLIENT LIST, so who goes on using an old password could not be seen. Allow it (+client|list), or set connections to unseen.`,
    );
  throw complaintOf(session, 'CLIENT LIST', reply);
}

function cut(field: string): [string, string] {
  const at = field.indexOf('=');
  return [field.slice(0, at), field.slice(at + 1)];
}
