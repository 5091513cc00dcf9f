/** The one place that talks to ElastiCache about its users. */
import { DescribeUsersCommand, ModifyUserCommand } from '@aws-sdk/client-elasticache';
import { RefusalError } from '../../runtime/errors.ts';
import { elastiCache, unchanged, unread } from '../elasticache/client.ts';
import type { Keeper } from '../elasticache/target.ts';
import type { Secret } from './contract.ts';

const PASSED_STATES = ['active', 'modifying'];

export function userKeeper({ userId, username, server }: Secret, client = elastiCache()): Keeper {
  const name = `user ${username} (${userId}) at ${server.hosts.join(', ')}`;
  /** All that the user is to have: ElastiCache forgets every other. */
  const have = async (Passwords: string[]) => {
    const AuthenticationMode = { Type: 'password', Passwords } as const;
    await client.send(new ModifyUserCommand({ UserId: userId, AuthenticationMode })).catch(unchanged(name));
  };
  return {
    name,
    look: async () => {
      const { Users = [] } = await client.send(new DescribeUsersCommand({ UserId: userId })).catch(unread(name));
      const { UserName, Status = 'missing', Authentication = {} } = Users[0] ?? {};
      if (!PASSED_STATES.includes(Status)) throw new RefusalError(`${name} is ${Status}.`);
      if (UserName !== username)
        throw new RefusalError(`ElastiCache’s user ${userId} logs in under another name than ${username}.`);
      if (Authentication.Type !== 'password')
        throw new RefusalError(`${name} has no password (${Authentication.Type}).`);
      return { isSettled: Status === 'active', hasTwo: (Authentication.PasswordCount ?? 0) > 1 };
    },
    keepBoth: ({ pending, kept }) => have([kept, pending]),
    keepOnly: (password) => have([password]),
  };
}
