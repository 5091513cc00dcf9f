/** Counts what goes by in a dump, without keeping it. */
import { countLines } from './count-lines.ts';
import type { Scan, TableName } from './dump.ts';
import { copiedTable, createdTable, type Insert, insertOf, quotesAfter } from './heads.ts';
import type { Follows, PlainSink } from './plain.ts';

type Counted = Scan['tables'][number];

/** What a dump says of itself. */
export type Known = Pick<Scan, 'format' | 'compression' | 'serverVersion' | 'pgDumpVersion'>;

export type Tally = {
  tables: Map<string, Counted>;
  largeObjects: number;
  psqlCommands: string[];
  /** Whose rows go by, or went by last. */
  current: Counted | undefined;
  /** How the INSERT before began: nearly always, the next one begins so as well. */
  last: { prefix: Buffer; table: Counted } | undefined;
  isRepeated: boolean;
  /** The beginning of the statement. */
  head: Buffer[];
  headBytes: number;
  databases: Set<string>;
};

export function openTally(): Tally {
  const none = { current: undefined, last: undefined, isRepeated: false } as const;
  return {
    ...none,
    tables: new Map(),
    largeObjects: 0,
    psqlCommands: [],
    head: [],
    headBytes: 0,
    databases: new Set(),
  };
}

/** The names of 1,600 columns, which is the most that a table may have, with room to spare. */
const LONGEST_HEAD = 256 * 1024;
const MOST_COMMANDS = 10;

export function tallySink(tally: Tally): PlainSink {
  return {
    begins: (bytes, from) => begin(tally, bytes, from),
    text: (bytes, from, to) => {
      if (tally.isRepeated || tally.headBytes >= LONGEST_HEAD) return;
      tally.head.push(bytes.subarray(from, to));
      tally.headBytes += to - from;
    },
    ended: (groups) => end(tally, groups),
    rows: (bytes, from, to) => {
      if (tally.current) tally.current.rows += countLines(bytes, from, to);
    },
    rowsEnded: () => {},
    command: (text) => {
      if (!isHarmless(text, tally) && tally.psqlCommands.length < MOST_COMMANDS) tally.psqlCommands.push(text);
    },
    remark: () => {},
  };
}

function begin(tally: Tally, bytes: Buffer, from: number): number {
  const { last } = tally;
  tally.isRepeated = last !== undefined && startsWith(bytes, from, last.prefix);
  if (last !== undefined && tally.isRepeated) return last.prefix.length;
  tally.head = [];
  tally.headBytes = 0;
  return 0;
}

function startsWith(bytes: Buffer, from: number, prefix: Buffer): boolean {
  if (from + prefix.length > bytes.length) return false;
  for (let at = 0; at < prefix.length; at += 1) if (bytes[from + at] !== prefix[at]) return false;
  return true;
}

function end(tally: Tally, groups: number): Follows {
  if (tally.isRepeated && tally.last) {
    tally.last.table.rows += groups;
    return undefined;
  }
  const head = Buffer.concat(tally.head).toString();
  const copied = copiedTable(head);
  const insert = copied ? undefined : insertOf(head);
  const named = copied ?? insert?.table ?? createdTable(head);
  if (named) tally.current = tableOf(tally, named);
  if (insert) noteInsert(tally, insert, { head, groups });
  if (head.startsWith(LO_CREATE)) tally.largeObjects += 1;
  const database = CREATE_DATABASE.exec(head)?.[1];
  if (database) tally.databases.add(database);
  return copied ? 'rows' : quotesAfter(head);
}

const LO_CREATE = 'SELECT pg_catalog.lo_create(';
const CREATE_DATABASE = /^CREATE DATABASE ("(?:[^"]|"")*"|\S+)/;

function noteInsert(tally: Tally, { known, groupsBefore }: Insert, { head, groups }: { head: string; groups: number }) {
  if (!tally.current) return;
  tally.current.rows += groups - groupsBefore;
  tally.last = known > 0 ? { prefix: Buffer.from(head.slice(0, known)), table: tally.current } : undefined;
}

export function tableOf(tally: Tally, { schema, table }: TableName): Counted {
  const key = JSON.stringify([schema, table]);
  const found = tally.tables.get(key) ?? { schema, table, rows: 0 };
  tally.tables.set(key, found);
  return found;
}

/** What pg_dump itself writes: its guard against other commands, and the way into the database that the dump makes. */
function isHarmless(command: string, { databases }: Tally): boolean {
  const [name = '', target = ''] = command.split(/\s+(.*)/s);
  if (name === '\\restrict' || name === '\\unrestrict') return /^\w+$/.test(target);
  return name === '\\connect' && databases.has(target);
}
