/** Every secret of a system that is rotated, whatever its kind: to be looked at, and rotated all at once in a security incident. */
import * as z from 'zod';
import { Arn, BaseInput } from '../../runtime/contract.ts';
import { KINDS, RotatedSecret } from '../contract.ts';

const Secret = z.strictObject({ secretArn: Arn, kind: z.enum(KINDS), maxAgeDays: RotatedSecret.shape.maxAgeDays });

export const Settings = z.strictObject({
  /** In the order in which they are rotated. */
  secrets: z.array(Secret).min(1).max(500),
});
export type Settings = z.infer<typeof Settings>;

export const Input = z.strictObject({
  ...BaseInput.shape,
  /** Rotates every secret, one after the other. Without it, nothing is changed. */
  rotate: z.literal('all').optional(),
});
export type Input = z.infer<typeof Input>;
