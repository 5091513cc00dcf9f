/** Tables by their names, and how many rows each has. */
export type TableName = { schema: string; table: string };
export type Rows = TableName & { rows: number };

export function keyOf({ schema, table }: TableName): string {
  return `${schema}.${table}`;
}
