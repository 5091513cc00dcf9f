/** What can be asked of a cache as one of its users: at every endpoint, because passwords arrive at each of its nodes by themselves. */
import type { Deadline } from '../../runtime/deadline.ts';
import { RefusalError } from '../../runtime/errors.ts';
import type { Use } from '../kind.ts';
import { connectionsSince, listClients } from './clients.ts';
import type { CacheSecret } from './contract.ts';
import { complaintOf, isComplaint, type Login, logIn } from './login.ts';
import type { Session } from './session.ts';

type Where = 'everywhere' | 'somewhere' | 'nowhere';

export type Cache = {
  /** Where this login is let in. @throws RefusalError where one endpoint gives no definite answer */
  letsIn(login: Login): Promise<Where>;
  /** Does real work everywhere, and sees who is connected where that is asked for. @throws RefusalError */
  proves(login: Login): Promise<void>;
  /** Connections of this user that were made before a moment. @throws RefusalError where they cannot be seen */
  connections(login: Login, times: { now: Date; before: Date }): Promise<Use[]>;
};

/** @param username who is logged in as, whether or not a login has to say it */
export function cacheOf({ server, work, connections }: CacheSecret, username: string, deadline: Deadline): Cache {
  const access = (host: string) => ({ server, host, deadline });
  const everywhere = async <Value>(login: Login, act: (session: Session) => Promise<Value>) => {
    const results: Value[] = [];
    for (const host of server.hosts) {
      const session = await logIn(access(host), login);
      if (session === undefined)
        throw new RefusalError(`The cache at ${host} says that the password of ${username} is wrong.`);
      results.push(await act(session).finally(session.close));
    }
    return results;
  };
  return {
    letsIn: async (login) => {
      const answers: boolean[] = [];
      for (const host of server.hosts) {
        const session = await logIn(access(host), login);
        session?.close();
        answers.push(session !== undefined);
      }
      if (answers.every(Boolean)) return 'everywhere';
      return answers.some(Boolean) ? 'somewhere' : 'nowhere';
    },
    proves: async (login) => {
      await everywhere(login, async (session) => {
        await mustBe(session, username);
        const reply = await session.ask(...work);
        if (isComplaint(reply)) throw complaintOf(session, work[0], reply);
        if (connections === 'seen') await listClients(session, username);
      });
    },
    connections: async (login, { now, before }) =>
      (await everywhere(login, (session) => connectionsSince(session, { username, now, before }))).flat(),
  };
}

/** Who may not ask, and servers before Redis 6, where there is only one user, are as the login has named them. */
async function mustBe(session: Session, username: string): Promise<void> {
  const reply = await session.ask('ACL', 'WHOAMI');
  if (!isComplaint(reply) && reply !== username)
    throw new RefusalError(`The cache at ${session.host} lets ${username} in as another user.`);
}
