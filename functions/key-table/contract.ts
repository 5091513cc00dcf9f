/** How a system keeps access keys in a table of its own, and their owners in another: names are settings, because they have changed. */
import * as z from 'zod';
import { SqlIdentifier } from '../runtime/contract.ts';

const Table = { schema: SqlIdentifier.default('public'), table: SqlIdentifier };

/** Either shape a status column has had: a boolean that is true for an active key, or a word that says so. */
export const Status = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('boolean'), column: SqlIdentifier }),
  z.strictObject({
    kind: z.literal('word'),
    column: SqlIdentifier,
    active: z.string().min(1),
    /** The word written when a key is turned off. */
    inactive: z.string().min(1),
  }),
]);
export type Status = z.infer<typeof Status>;

export const Keys = z.strictObject({
  ...Table,
  keyId: SqlIdentifier,
  owner: SqlIdentifier,
  createdAt: SqlIdentifier,
  lastUsedAt: SqlIdentifier,
  status: Status,
  expiresAt: SqlIdentifier.optional(),
});
export type Keys = z.infer<typeof Keys>;

/** The table that `keys.owner` points into. Without `status`, an owner's own activity is not judged. */
export const Owners = z.strictObject({
  ...Table,
  id: SqlIdentifier,
  name: SqlIdentifier,
  status: Status.optional(),
});
export type Owners = z.infer<typeof Owners>;
