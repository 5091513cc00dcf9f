/** What a statement is, from its beginning; only as far as a dump must be understood. */
import type { TableName } from './dump.ts';
import type { Follows } from './plain.ts';

const NAME = String.raw`(?:"(?:[^"]|"")*"|[^\s.,"();]+)`;
const QUALIFIED = String.raw`(${NAME})(?:\s*\.\s*(${NAME}))?`;
const COLUMNS = String.raw`(?:\((?:"(?:[^"]|"")*"|[^()"])*\))`;

const COPY = new RegExp(String.raw`^COPY\s+${QUALIFIED}\s*${COLUMNS}?\s*FROM\s+stdin\b`, 'i');
const INSERT = new RegExp(
  String.raw`^INSERT\s+INTO\s+${QUALIFIED}\s*(${COLUMNS})?\s*(?:OVERRIDING\s+\w+\s+VALUE\s+)?VALUES(?=\s*\()`,
  'i',
);
const INSERT_DEFAULTS = new RegExp(String.raw`^INSERT\s+INTO\s+${QUALIFIED}\s+DEFAULT\s+VALUES\b`, 'i');
const CREATE_TABLE = new RegExp(
  String.raw`^CREATE\s+(?:UNLOGGED\s+)?TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?${QUALIFIED}`,
  'i',
);
const STRINGS = /^SET\s+standard_conforming_strings\s*(?:=|TO)\s*'?(on|off)\b/i;

/** `known`: the beginning that all INSERTs of its kind share, in characters. */
export type Insert = { table: TableName; known: number; groupsBefore: number };

export function copiedTable(head: string): TableName | undefined {
  return nameOf(COPY.exec(head));
}

export function createdTable(head: string): TableName | undefined {
  return nameOf(CREATE_TABLE.exec(head));
}

export function insertOf(head: string): Insert | undefined {
  const match = INSERT.exec(head);
  const table = nameOf(match);
  if (match && table) return { table, known: match[0].length, groupsBefore: match[3] === undefined ? 0 : 1 };
  // One row, without any parentheses.
  const defaults = nameOf(INSERT_DEFAULTS.exec(head));
  return defaults && { table: defaults, known: 0, groupsBefore: -1 };
}

export function quotesAfter(head: string): Follows {
  const setting = STRINGS.exec(head)?.[1]?.toLowerCase();
  if (setting === undefined) return undefined;
  return setting === 'off' ? 'quotes that escape' : 'quotes that do not';
}

/** Old dumps set a search path and leave the schema out; of those that are read here, none does. */
function nameOf(match: RegExpExecArray | null): TableName | undefined {
  const [, first, second] = match ?? [];
  if (first === undefined) return undefined;
  if (second === undefined) return { schema: 'public', table: unquoted(first) };
  return { schema: unquoted(first), table: unquoted(second) };
}

/** Unquoted names stand for themselves: pg_dump quotes whatever is not all lower case. */
function unquoted(name: string): string {
  return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name.toLowerCase();
}
