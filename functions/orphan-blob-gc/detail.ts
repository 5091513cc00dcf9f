/** What a report of the collector holds as its `detail`, and its page draws. Imports only zod. */
import * as z from 'zod';

/** Why nothing needs an object: no row of the blob table names it, or nothing names its row. */
export const Kind = z.enum(['no row', 'row unreferenced']);
export type Kind = z.infer<typeof Kind>;

const Amount = z.strictObject({ objects: z.int(), bytes: z.number() });

export const Detail = z.strictObject({
  /** Of the marking; it may have taken several runs. */
  marking: z.strictObject({ id: z.string(), shards: z.int(), finished: z.int(), isComplete: z.boolean() }),
  rows: z.int(),
  objects: z.int(),
  bytes: z.number(),
  /** What was said of blobs, by verdict. */
  verdicts: z.record(z.string(), Amount),
  /** Candidates by how old they are. The last step is open. */
  ages: z.array(z.strictObject({ fromDays: z.int(), kind: Kind, ...Amount.shape })),
  /** Candidates by the first digits of their hashes. */
  prefixes: z.array(z.strictObject({ prefix: z.string(), ...Amount.shape })),
  /** Candidates that have waited for `graceDays`. */
  due: Amount,
  largest: z.array(
    z.strictObject({ key: z.string(), bytes: z.number(), kind: Kind, lastModified: z.string(), markedAt: z.string() }),
  ),
  policy: z.strictObject({ minAgeHours: z.int(), graceDays: z.int() }),
  /** Where every candidate is listed, in byte order of the keys; the first 256. */
  manifests: z.array(z.string()),
});
export type Detail = z.infer<typeof Detail>;
