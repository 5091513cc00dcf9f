/** What the report shows of every source. Pure. */
import type { Rows } from '../restored/rows.ts';
import type { Detail } from './contract.ts';
import type { Reached } from './decide.ts';
import type { Sighting } from './look.ts';

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
