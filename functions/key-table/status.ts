/** A status in SQL, whichever of the two shapes it has. */
import { literal, quoted } from '../runtime/sql.ts';
import type { Status } from './contract.ts';

export function isActive(alias: string, status: Status): string {
  const column = `${alias}.${quoted(status.column)}`;
  // Not `column::text = …`: of that the planner knows nothing, and expects half a percent of the keys to be active.
  return status.kind === 'boolean' ? `${column} IS TRUE` : `(${column} = ${literal(status.active)}) IS TRUE`;
}

/** What the column holds for such a key. */
export function statusValue(status: Status, active: boolean): string {
  return status.kind === 'boolean' ? String(active) : literal(active ? status.active : status.inactive);
}

export function setStatus(status: Status, active: boolean): string {
  return `${quoted(status.column)} = ${statusValue(status, active)}`;
}
