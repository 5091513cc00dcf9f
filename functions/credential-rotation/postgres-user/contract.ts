/** The same user with a new password. */
import * as z from 'zod';
import { Telling } from '../contract.ts';
import { PostgresSecret, RoleName } from '../postgres/contract.ts';

export const Secret = z.strictObject({ ...PostgresSecret.shape, username: RoleName });
export type Secret = z.infer<typeof Secret>;

export const Settings = z.strictObject({ ...Telling.shape, secrets: z.array(Secret).min(1).max(100) });
export type Settings = z.infer<typeof Settings>;

export { Input } from '../contract.ts';
