/** What an inactive-key audit is told: by its deployment (`Settings`) and by one invocation (`Input`). */
import * as z from 'zod';
import { Keys, Owners } from '../key-table/contract.ts';
import { BaseInput, Caps, Database } from '../runtime/contract.ts';

const days = z.int().min(1).max(3650);

const Policy = z
  .strictObject({
    /** A key neither used nor created within this many days is idle. 90 is the systems' own access review. */
    maxIdleDays: days.default(90),
    /** From this many idle days on, a key's owner is warned. */
    warnAtDays: days.default(75),
    /** A key is turned off no earlier than this many days after its warning was recorded. */
    graceDays: days.default(14),
    /** When the system began to record uses. A key never used before then may well have been used. */
    trackingSince: z.iso.date(),
    exemptKeys: z.array(z.string().min(1)).default([]),
    exemptOwners: z.array(z.string().min(1)).default([]),
    maxActiveKeysPerOwner: z.int().min(1).default(2),
    /** Whether an owner's last active key may be turned off, which locks that owner out. */
    disableLastActiveKey: z.boolean().default(false),
  })
  .refine((policy) => policy.warnAtDays < policy.maxIdleDays, {
    path: ['warnAtDays'],
    error: 'must be smaller than maxIdleDays, so that the warning comes before the key counts as idle',
  });
export type Policy = z.infer<typeof Policy>;

export const Settings = z.strictObject({
  database: Database,
  keys: Keys,
  owners: Owners.optional(),
  policy: Policy,
  caps: Caps.prefault({}),
});
export type Settings = z.infer<typeof Settings>;

export const Input = z.strictObject({
  ...BaseInput.shape,
  /** Key ids to turn on again; only those that this runbook turned off. */
  restore: z.array(z.string().min(1)).min(1).max(1000).optional(),
});
export type Input = z.infer<typeof Input>;

/** What the report's `detail` holds, and the page draws. */
export const Detail = z.strictObject({
  keys: z.int(),
  active: z.int(),
  /** Keys by what the review says of them. */
  verdicts: z.record(z.string(), z.int()),
  /** Active keys that are not exempt, by how long they have been idle, in steps of 15 days; the last step is open. */
  idle: z.array(z.strictObject({ fromDays: z.int(), keys: z.int() })),
  plan: z.strictObject({ disable: z.int(), warn: z.int(), tooLarge: z.string().optional() }),
  policy: z.strictObject({ warnAtDays: z.int(), maxIdleDays: z.int(), graceDays: z.int() }),
  /** Where the access review of every key is stored. */
  review: z.string(),
});
export type Detail = z.infer<typeof Detail>;
