/** What the report shows of every source: its shape, which the page draws, and how it is made. Pure. */
import * as z from 'zod';
import type { Rows } from '../restored/rows.ts';
import type { Reached } from './decide.ts';
import type { Sighting } from './look.ts';

const Counted = z.strictObject({ schema: z.string(), table: z.string(), rows: z.int() });

const LookedAt = z.strictObject({
  source: z.string(),
  kind: z.string(),
  protects: z.string(),
  /** A sentence or two; why it could not be looked at, where `isUnseen`. */
  said: z.string(),
  isUnseen: z.boolean(),
  recoveryPoint: z.iso.datetime().optional(),
  /** Of the last 30 days, oldest first, 400 at most. */
  backups: z.array(
    z.strictObject({
      at: z.iso.datetime(),
      name: z.string(),
      bytes: z.number(),
      state: z.enum(['verified', 'unverified', 'bad']),
    }),
  ),
  /** Of a dump, the largest 100 of its tables. */
  tables: z.array(Counted.extend({ before: z.int().optional() })),
  restoreMs: z.number().optional(),
});

/** What the report's `detail` holds, and the page draws. */
export const Detail = z.strictObject({
  now: z.iso.datetime(),
  sources: z.array(LookedAt),
  objectives: z.array(
    z.strictObject({
      protects: z.string(),
      rpoMinutes: z.number(),
      rtoMinutes: z.number().optional(),
      /** The newest point that we could go back to, and the source that has it. */
      point: z.iso.datetime().optional(),
      from: z.string().optional(),
      ageMinutes: z.number().optional(),
      restoreMinutes: z.number().optional(),
    }),
  ),
});
export type Detail = z.infer<typeof Detail>;

const BACKUPS_SHOWN = 400;
const TABLES_SHOWN = 100;

type Everything = { sightings: Sighting[]; reached: Reached[]; now: Date };

export function detailOf({ sightings, reached, now }: Everything): Detail {
  return {
    now: now.toISOString(),
    sources: sightings.map(rowOf),
    objectives: reached.map(({ rtoMinutes, ...one }) => ({ ...one, ...(rtoMinutes !== undefined && { rtoMinutes }) })),
  };
}

function rowOf(sighting: Sighting): Detail['sources'][number] {
  const { name, kind, protects } = sighting.source;
  const own = { source: name, kind, protects };
  if ('unseen' in sighting) return { ...own, said: sighting.unseen, isUnseen: true, backups: [], tables: [] };
  const { looked, dump } = sighting;
  return {
    ...own,
    said: looked.said,
    isUnseen: false,
    ...(looked.recoveryPoint !== undefined && { recoveryPoint: looked.recoveryPoint }),
    backups: looked.backups.slice(-BACKUPS_SHOWN),
    tables: tablesOf(dump?.tables ?? [], dump?.before ?? []),
    ...(dump?.restoreMs !== undefined && { restoreMs: dump.restoreMs }),
  };
}

/** Beside what they had when they were last verified. */
function tablesOf(tables: Rows[], before: Rows[]): Detail['sources'][number]['tables'] {
  return tables
    .toSorted((a, b) => b.rows - a.rows)
    .slice(0, TABLES_SHOWN)
    .map((table) => {
      const known = before.find(({ schema, table: name }) => schema === table.schema && name === table.table);
      return { ...table, ...(known && { before: known.rows }) };
    });
}
