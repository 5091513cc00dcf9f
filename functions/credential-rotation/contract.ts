/**
 * What every function that rotates credentials is told. Each kind of credential adds its own in `<kind>/contract.ts`; the function that
 * asks for the rotation of all has its own in `all/contract.ts`.
 */
import * as z from 'zod';
import { BaseInput, SecretReference } from '../runtime/contract.ts';

const ConsumerName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/, 'letters, digits, _ . and -, at most 64');

/** One secret that is rotated. */
export const RotatedSecret = z.strictObject({
  ...SecretReference.shape,
  /** Days after which a secret that was not rotated is overdue: longer than the time between two rotations, by a grace. */
  maxAgeDays: z.int().min(1).max(1_100).default(32),
  /**
   * Programs that must say that they use the new credential before the old one is revoked: by a tag of the secret,
   * `nightshift:uses/<consumer>`, whose value is the id of the version that they read.
   */
  consumers: z.array(ConsumerName).max(20).default([]),
});
export type RotatedSecret = z.infer<typeof RotatedSecret>;

/** Where two credentials can live: for how many hours the old one goes on to work after a rotation. */
export const OverlapHours = z
  .number()
  .min(1)
  .max(30 * 24)
  .default(24);

export const Telling = z.strictObject({
  /** A secret that holds the URL to which each finished rotation is posted; the URL itself is a secret. */
  webhook: SecretReference.optional(),
});
export type Telling = z.infer<typeof Telling>;

export const Input = z.strictObject({
  ...BaseInput.shape,
  /** By hand, in a security incident: revokes every old credential at once, whoever may still use it. */
  retire: z.literal('now').optional(),
});
export type Input = z.infer<typeof Input>;

/** The kinds, in the order in which all of a system's secrets are safely rotated: first what has an overlap, last what has none. */
export const KINDS = [
  'access-key-table',
  'http-api',
  'postgres-alternating',
  'elasticache-user',
  'elasticache-auth-token',
  'postgres-user',
] as const;
export type KindName = (typeof KINDS)[number];
