/** The figures that a manager asks for, as metrics. Pure. */
import type { Metric } from '../runtime/report.ts';
import type { Sighting } from './look.ts';

/** The worst of them, where several are measured; a figure that is not known is not published. */
export function figures(sightings: Sighting[], reached: { ageMinutes?: number }[]): Record<string, Metric> {
  const ages = reached.flatMap(({ ageMinutes }) => ageMinutes ?? []);
  const dumps = sightings.flatMap((sighting) => ('looked' in sighting ? (sighting.dump ?? []) : []));
  const restores = dumps.flatMap(({ restoreMs }) => restoreMs ?? []);
  const rows = dumps.filter(({ restoreMs }) => restoreMs !== undefined).flatMap(({ tables }) => tables);
  return {
    ...(ages.length > 0 && { RecoveryPointAge: { value: Math.round(Math.max(...ages) * 60), unit: 'Seconds' } }),
    ...(restores.length > 0 && { RestoreDuration: { value: Math.max(...restores) / 1000, unit: 'Seconds' } }),
    ...(restores.length > 0 && {
      RowsRestored: { value: rows.reduce((sum, table) => sum + table.rows, 0), unit: 'Count' },
    }),
  };
}
