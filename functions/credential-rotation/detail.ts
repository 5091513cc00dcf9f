/** What a run tells of each secret, for its page. */
import * as z from 'zod';

export const Detail = z.strictObject({
  secrets: z.array(
    z.strictObject({
      name: z.string(),
      /** What it is, as a person would say: "role app at db.internal". */
      credential: z.string().optional(),
      state: z.string(),
      rotatedAt: z.string().optional(),
      ageDays: z.number().optional(),
      maxAgeDays: z.number().optional(),
      /** Where two can live: whether the one before was revoked, and found dead. */
      oldRevoked: z.boolean().optional(),
      usesOfOld: z.number().optional(),
      consumers: z.array(z.strictObject({ name: z.string(), usesCurrent: z.boolean() })),
    }),
  ),
});
export type Detail = z.infer<typeof Detail>;
