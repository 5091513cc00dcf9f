/** Where dumps are restored: a PostgreSQL that holds nothing of value and cannot reach anything that does. Imports only zod. */
import * as z from 'zod';
import { Database } from '../runtime/contract.ts';

export const Scratch = z.strictObject({
  /** The login of an unprivileged role that may create databases, as `reader`. */
  database: Database.omit({ actor: true }),
  /** What must never be restored into: the hosts of production, and `SELECT system_identifier FROM pg_control_system()` there. */
  source: z.strictObject({
    hosts: z.array(z.string().min(1)).min(1),
    systemIdentifier: z.string().regex(/^\d{10,20}$/, 'the digits of pg_control_system()’s system_identifier'),
  }),
  /** A scratch database older than this was left behind, and is dropped. */
  sweepAfterHours: z.number().min(1).max(168).default(6),
});
export type Scratch = z.infer<typeof Scratch>;
