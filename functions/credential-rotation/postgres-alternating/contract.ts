/** Two users in turn, behind one owner. */
import * as z from 'zod';
import { SecretReference } from '../../runtime/contract.ts';
import { OverlapHours, Telling } from '../contract.ts';
import { PostgresSecret, RoleName } from '../postgres/contract.ts';

export const Secret = z
  .strictObject({
    ...PostgresSecret.shape,
    /** One of them is in the secret, the other one waits for its turn. */
    users: z.tuple([RoleName, RoleName]),
    /** Cannot log in; both users are members of it, and become it as they log in, so that it owns whatever either makes. */
    owner: RoleName,
    /** A login that may make both users and change their passwords; no superuser is needed. Read in enforce mode only. */
    admin: SecretReference,
  })
  .refine(({ users: [a, b], owner }) => a !== b && a !== owner && b !== owner, {
    path: ['users'],
    error: 'must be two users, and neither of them the owner',
  });
export type Secret = z.infer<typeof Secret>;

export const Settings = z.strictObject({
  ...Telling.shape,
  secrets: z.array(Secret).min(1).max(100),
  overlapHours: OverlapHours,
});
export type Settings = z.infer<typeof Settings>;

export { Input } from '../contract.ts';
