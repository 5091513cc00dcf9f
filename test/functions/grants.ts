/** The SQL that a README tells an operator to run, taken apart. */

export type Grant = { privilege: string; of: string; to: string };

/** Every single privilege that the SQL gives to one role, down to the column. */
export function singleGrants(sql: string): Grant[] {
  return [...sql.matchAll(/^GRANT (.+) ON (.+) TO (.+);/gm)].flatMap(([, privileges = '', of = '', roles = '']) =>
    roles.split(', ').flatMap((to) => split(privileges).map((privilege) => ({ privilege, of, to }))),
  );
}

/** `SELECT (a, b), UPDATE (c)` is three. */
function split(privileges: string): string[] {
  return [...privileges.matchAll(/(\w+)(?: \(([^)]+)\))?/g)].flatMap(([, verb = '', columns]) =>
    columns === undefined ? [verb] : columns.split(', ').map((column) => `${verb} (${column})`),
  );
}
