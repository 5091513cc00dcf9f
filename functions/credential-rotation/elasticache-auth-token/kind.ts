/** A replication group gets a second AUTH token (ROTATE), and after the overlap the new one alone (SET). */
import { targetOf } from '../elasticache/target.ts';
import type { Kind } from '../kind.ts';
import type { Secret, Settings } from './contract.ts';
import { tokenKeeper } from './group.ts';

/** As whom a cache counts whoever logs in with its token. */
const DEFAULT_USER = 'default';

export const elasticacheAuthToken: Kind<Settings, Secret> = (subject) =>
  targetOf({
    subject,
    keeper: tokenKeeper(subject.entry),
    username: DEFAULT_USER,
    loginOf: ({ password }) => ({ password }),
  });
