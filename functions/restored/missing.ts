/** A table that settings name and the backup has not: lost since, or never there under that name. Pure. */
import { nearestName } from '../runtime/nearest.ts';
import type { Finding } from '../runtime/report.ts';
import { keyOf, type Rows, type TableName } from './rows.ts';

/** `before`: the tables of the backup that was verified last; none where there was none. */
type Missing = { tables: TableName[]; before: Rows[]; source: string };

/** Either way the backup is not known to be good; only what a person is to do about it differs. */
export function missing(wanted: TableName, { tables, before, source }: Missing): Finding {
  const last = before.find((table) => keyOf(table) === keyOf(wanted))?.rows;
  const told = { severity: 'critical' as const, target: `${source}: table ${keyOf(wanted)}` };
  if (last !== undefined) {
    const what = `is gone: it had ${last} rows when it was last verified, and must exist`;
    return { ...told, what, remedy: 'Find out who dropped it, or what leaves it out; then make a new backup.' };
  }
  const nor = before.length === 0 ? '' : ', nor in the one verified last';
  const what = `must exist, and there is no such table in this backup${nor}; ${insteadOf(wanted, tables)}`;
  return { ...told, what, remedy: 'Where it is misspelt, correct it in settings.checks; else the backup lacks it.' };
}

const MOST_NAMED = 10;

function insteadOf(wanted: TableName, tables: TableName[]): string {
  const elsewhere = tables.find(({ table }) => table === wanted.table);
  const near = elsewhere ? keyOf(elsewhere) : nearestName(keyOf(wanted), tables.map(keyOf));
  if (near !== undefined) return `the nearest name is ${near}`;
  const named = tables.slice(0, MOST_NAMED).map(keyOf);
  const more = tables.length > named.length ? `, and ${tables.length - named.length} more` : '';
  return named.length === 0 ? 'it has none at all' : `it has ${named.join(', ')}${more}`;
}
