/** A user of ElastiCache's role-based access control, which may have two passwords. */
import * as z from 'zod';
import { OverlapHours, Telling } from '../contract.ts';
import { CacheSecret } from '../elasticache/contract.ts';

/** As ElastiCache allows it; a colon or a slash would make another ARN of it. */
const UserId = z
  .string()
  .max(40)
  .regex(/^[A-Za-z][A-Za-z0-9-]*$/, 'letters, digits and -, at most 40, that begin with a letter');

export const Secret = z.strictObject({
  ...CacheSecret.shape,
  /** ElastiCache’s own id of the user; the name with which it logs in may be another. */
  userId: UserId,
  username: z.string().regex(/^[^\s]{1,120}$/, 'no spaces, at most 120 characters'),
});
export type Secret = z.infer<typeof Secret>;

export const Settings = z.strictObject({
  ...Telling.shape,
  overlapHours: OverlapHours,
  secrets: z.array(Secret).min(1).max(100),
});
export type Settings = z.infer<typeof Settings>;

export { Input } from '../contract.ts';
