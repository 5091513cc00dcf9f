/**
 * A user of a cache gets a second password, and keeps the first through the overlap. ElastiCache has no superusers: its administrative
 * commands are nobody's.
 */
import { targetOf } from '../elasticache/target.ts';
import type { Kind } from '../kind.ts';
import type { Secret, Settings } from './contract.ts';
import { userKeeper } from './user.ts';

export const elasticacheUser: Kind<Settings, Secret> = (subject) => {
  const { username } = subject.entry;
  const loginOf = ({ password }: { password: string }) => ({ username, password });
  return targetOf({ subject, keeper: userKeeper(subject.entry), username, loginOf });
};
