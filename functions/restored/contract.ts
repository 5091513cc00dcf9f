/** What must be true of a database that was restored. Shared by whatever restores one. Imports only zod. */
import * as z from 'zod';
import { SqlIdentifier } from '../runtime/contract.ts';

const Table = z.strictObject({ schema: SqlIdentifier.default('public'), table: SqlIdentifier });

export const Checks = z
  .strictObject({
    /** Tables that must exist, and how many rows each must have. */
    tables: z
      .array(
        Table.extend({
          minRows: z.int().min(0).default(1),
          /** By how much it may have shrunk since it was last verified. */
          maxShrinkPercent: z.number().min(0).max(100).default(10),
        }),
      )
      .default([]),
    /** Queries of your own. Each must give one row of one column: the value expected, compared as text. */
    assertions: z
      .array(
        z.strictObject({
          name: z.string().min(1).max(100),
          query: z.string().min(1),
          expect: z.union([z.string(), z.number(), z.boolean()]),
        }),
      )
      .default([]),
    /** A dump can be new and its data old: the newest time in a column, and how old it may be when the backup is made. */
    newest: z.array(Table.extend({ column: SqlIdentifier, maxAgeHours: z.number().positive().max(8_760) })).default([]),
  })
  .refine(({ tables, assertions, newest }) => tables.length + assertions.length + newest.length > 0, {
    error: 'must name at least one table, assertion or newest column: a restore that nobody looks into proves nothing',
  });
export type Checks = z.infer<typeof Checks>;
