/** The AUTH token of a replication group of ElastiCache, which has two while it is rotated. */
import * as z from 'zod';
import { OverlapHours, Telling } from '../contract.ts';
import { CacheSecret } from '../elasticache/contract.ts';

const ReplicationGroupId = z
  .string()
  .max(40)
  .regex(/^[A-Za-z][A-Za-z0-9-]*$/, 'letters, digits and -, at most 40, that begin with a letter');

export const Secret = z.strictObject({ ...CacheSecret.shape, replicationGroupId: ReplicationGroupId });
export type Secret = z.infer<typeof Secret>;

export const Settings = z.strictObject({
  ...Telling.shape,
  overlapHours: OverlapHours,
  secrets: z.array(Secret).min(1).max(100),
});
export type Settings = z.infer<typeof Settings>;

export { Input } from '../contract.ts';
