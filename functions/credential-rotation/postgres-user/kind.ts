/**
 * A role of PostgreSQL changes its own password. It has one only, so there is no overlap: between the change and the moment at which
 * AWSCURRENT moves, whoever connects with the stored password is turned away. Sessions that are there already stay.
 */

import { RefusalError } from '../../runtime/errors.ts';
import type { Session } from '../../runtime/postgres.ts';
import type { Kind } from '../kind.ts';
import { type Held, loginOf, nameOf, readHeld } from '../postgres/held.ts';
import { refuseSuperuser } from '../postgres/role.ts';
import { as, canLogIn, logIn } from '../postgres/session.ts';
import { acceptable, setPassword } from '../postgres/set-password.ts';
import { doWork } from '../postgres/work.ts';
import type { Secret, Settings } from './contract.ts';

export const postgresUser: Kind<Settings, Secret> = ({ run, entry }) => {
  const { server, username } = entry;
  const logging = (held: Held) => ({ run, server, login: loginOf(held, entry) });
  return {
    read: (text) => readHeld(text, entry, [username]),
    nameOf: (held: Held) => nameOf(held, entry),
    rehearse: async (current: Held) => {
      await as(logging(current), async (session) => {
        await refuseSuperuser(session, username);
        await acceptable(session, username);
      });
      return [
        'store a new password as the pending version',
        `change the password of ${username}`,
        'log in with it, and read',
        'make it the current version',
      ];
    },
    next: (current: Held) =>
      as(logging(current), async (session) => ({ ...current, password: await acceptable(session, username) })),
    set: async ({ pending, current, previous }: { pending: Held; current: Held; previous?: Held }) => {
      if (await canLogIn(logging(pending))) return;
      // The version before the current one, where somebody has put the database back to an older state.
      for (const held of previous ? [current, previous] : [current]) {
        const session = await logIn(logging(held));
        if (session === undefined) continue;
        return setAs(session, username, pending.password);
      }
      throw new RefusalError(
        `No stored version of ${entry.secretArn} logs in as ${username}: a person must set its password.`,
      );
    },
    logsIn: (held: Held) => canLogIn(logging(held)),
    prove: ({ pending }: { pending: Held; current: Held }) =>
      // It is the same role, so it may do what it could before.
      as(logging(pending), async (session) => {
        await refuseSuperuser(session, username);
        await doWork(session, entry.work);
      }),
  };
};

async function setAs(session: Session, username: string, password: string): Promise<void> {
  try {
    await refuseSuperuser(session, username);
    await setPassword(session, username, password);
  } finally {
    await session.close();
  }
}
