/** Judges whether settings name everything that might reference a blob. Pure. */
import type { Catalogue, ColumnFacts } from './catalogue.ts';
import type { Settings } from './contract.ts';

type Declared = Pick<Settings, 'blobs' | 'references' | 'notReferences'>;
type Named = { schema: string; table: string; column: string };

/** Columns that are in none of the lists and so have to be looked into. */
export function undeclaredColumns({ columns }: Pick<Catalogue, 'columns'>, declared: Declared): ColumnFacts[] {
  return columns.filter((column) => !isDeclared(column, declared));
}

function isDeclared(column: Named, { blobs, references, notReferences }: Declared): boolean {
  if (isOf(column, blobs) && column.column === blobs.hash) return true;
  if (references.some((reference) => isOf(column, reference) && reference.column === column.column)) return true;
  return notReferences.some((not) => isOf(column, not) && (not.column === undefined || not.column === column.column));
}

function isOf(column: Pick<Named, 'schema' | 'table'>, { schema, table }: Pick<Named, 'schema' | 'table'>): boolean {
  return column.schema === schema && column.table === table;
}

/** Bytea columns among those that settings name, as `schema.table.column`. */
export function byteColumns({ columns }: Pick<Catalogue, 'columns'>): Set<string> {
  return new Set(
    columns.filter(({ isBytes }) => isBytes).map(({ schema, table, column }) => `${schema}.${table}.${column}`),
  );
}

/** Columns that a foreign key keeps from naming a hash without a row, as `schema.table.column`. */
export function soundColumns(
  { foreignKeys }: Pick<Catalogue, 'foreignKeys'>,
  { blobs }: Pick<Declared, 'blobs'>,
): Set<string> {
  return new Set(foreignKeys.filter(({ isSound, target }) => isSound && target === blobs.hash).map(nameOf));
}

/** @param holding undeclared columns in which a blob’s key was found, with that key */
export function objectionsOf(
  { foreignKeys, columns, role }: Catalogue,
  { declared, holding }: { declared: Declared; holding: { column: Named; example: string }[] },
): string[] {
  const keys = foreignKeys.filter((key) => !isDeclared(key, declared));
  const unreadable = undeclaredColumns({ columns }, declared).filter(({ isReadable }) => !isReadable);
  return [
    ...keys.map((key) => `${nameOf(key)} is a foreign key to ${declared.blobs.table}.${key.target}`),
    ...holding.map(({ column, example }) => `${nameOf(column)} holds a blob’s hash (${example})`),
    ...unreadableOf(unreadable, role),
  ];
}

/** One sentence for each table: a role that may read nothing would else be told of a thousand columns. */
function unreadableOf(columns: ColumnFacts[], role: string): string[] {
  const tables = Map.groupBy(columns, ({ schema, table }) => `"${schema}"."${table}"`);
  return [...tables].map(([table, own]) => {
    const names = [...new Set(own.map(({ column }) => `"${column}"`))].join(', ');
    return `${table} has columns that may hold blobs’ hashes and cannot be read (GRANT SELECT (${names}) ON ${table} TO "${role}", and USAGE on its schema)`;
  });
}

function nameOf({ schema, table, column }: Named): string {
  return `${schema}.${table}.${column}`;
}

const SHOWN = 20;

/** Undefined where everything is declared. */
export function refusalOf(objections: string[]): string | undefined {
  if (objections.length === 0) return undefined;
  const more = objections.length > SHOWN ? `; and ${objections.length - SHOWN} more` : '';
  const list = objections.slice(0, SHOWN).join('; ');
  return `Something may reference blobs that settings do not know of: ${list}${more}. Name each in settings.references, or in settings.notReferences where it keeps no blob alive.`;
}
