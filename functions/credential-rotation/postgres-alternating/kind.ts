/**
 * Two users behind one owner: the one that nobody uses gets a new password and becomes the current one; the other goes on to work until
 * its overlap is over. Nothing here changes the user that is in the current version.
 */
import { RefusalError } from '../../runtime/errors.ts';
import type { Session } from '../../runtime/postgres.ts';
import { quoted } from '../../runtime/sql.ts';
import type { Kind, Use } from '../kind.ts';
import { adminLogin } from '../postgres/admin.ts';
import { type Held, loginOf, nameOf, readHeld } from '../postgres/held.ts';
import { missingFrom, privilegesOf } from '../postgres/privileges.ts';
import { refuseSuperuser } from '../postgres/role.ts';
import { as, canLogIn } from '../postgres/session.ts';
import { acceptable, setPassword } from '../postgres/set-password.ts';
import { doWork } from '../postgres/work.ts';
import type { Secret, Settings } from './contract.ts';
import { makeUser, mustBeOwner, refuseUnfit, sessionsOf } from './pair.ts';

export const postgresAlternating: Kind<Settings, Secret> = ({ run, entry }) => {
  const { server, users, owner } = entry;
  const logging = (held: Held) => ({ run, server, login: loginOf(held, entry) });
  const asAdmin = async <Value>(held: Held, work: (session: Session) => Promise<Value>) => {
    const { host, dbname } = loginOf(held, entry);
    return as({ run, server, login: await adminLogin(entry.admin, { server, host, dbname }) }, work);
  };
  const otherThan = ({ username }: Held) => users.find((user) => user !== username) ?? '';
  return {
    read: (text) => readHeld(text, entry, users),
    nameOf: (held: Held) => nameOf(held, entry),
    rehearse: async (current: Held) => {
      const user = otherThan(current);
      await asAdmin(current, (session) => tryUser(session, user, entry));
      return [
        `store a new password of ${user} as the pending version`,
        `change the password of ${user}, a member of ${owner}; ${current.username} keeps its own`,
        `log in as ${user}, read, and compare what it may do with what ${current.username} may`,
        'make it the current version',
        `when the overlap is over, take the password of ${current.username} away`,
      ];
    },
    next: async (current: Held) => {
      const username = otherThan(current);
      const password = await asAdmin(current, (session) => tryUser(session, username, entry));
      return { ...current, username, password };
    },
    set: async ({ pending, current }: { pending: Held; current: Held }) => {
      if (pending.username === current.username)
        throw new RefusalError(`The pending version names ${current.username}, which everybody uses now.`);
      if (await canLogIn(logging(pending))) return;
      await asAdmin(current, (session) =>
        session.transaction(async () => {
          await makeUser(session, pending.username, owner);
          await setPassword(session, pending.username, pending.password);
        }),
      );
    },
    logsIn: (held: Held) => canLogIn(logging(held)),
    prove: async ({ pending, current }: { pending: Held; current: Held }) => {
      const fresh = await as(logging(pending), async (session) => {
        await refuseSuperuser(session, pending.username);
        if (pending.username !== current.username) await mustBeOwner(session, owner);
        await doWork(session, entry.work);
        return privilegesOf(session, users);
      });
      const old = await as(logging(current), (session) => privilegesOf(session, users));
      const missing = missingFrom(old, fresh);
      if (missing.length === 0) return;
      const shown = missing.slice(0, 5).join('; ');
      throw new RefusalError(
        `${pending.username} may do less than ${current.username} (${missing.length} privileges): ${shown}. Grant them to ${owner}.`,
      );
    },
    uses: ({ previous, current }: { previous: Held; current: Held; switchedAt: Date }) =>
      as(logging(current), (session) => usesOf(session, { previous, current })),
    revoke: ({ previous, current, anyway }: { previous: Held; current: Held; switchedAt: Date; anyway: boolean }) =>
      asAdmin(current, (session) =>
        session.transaction(async () => {
          const uses = await usesOf(session, { previous, current });
          // Somebody has put the same user into both versions by hand: its old password is gone already.
          if (previous.username === current.username || (uses.length > 0 && !anyway)) return uses;
          await session.query(`ALTER ROLE ${quoted(previous.username)} PASSWORD NULL`);
          return uses;
        }),
      ),
  };
};

async function usesOf(session: Session, { previous, current }: { previous: Held; current: Held }): Promise<Use[]> {
  return previous.username === current.username ? [] : sessionsOf(session, previous.username);
}

/** Makes the user, finds a password that the server takes, and undoes all of it. */
async function tryUser(session: Session, user: string, { users, owner }: Secret): Promise<string> {
  await refuseUnfit(session, { users, owner });
  await refuseSuperuser(session, owner);
  await session.query('BEGIN');
  try {
    await makeUser(session, user, owner);
    for (const role of users) await refuseSuperuser(session, role);
    return await acceptable(session, user);
  } finally {
    await session.query('ROLLBACK').catch(() => {});
  }
}
