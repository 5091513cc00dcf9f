/** A plain dump’s parts, or those of a piece of SQL, as a flat list that grows with each push. */
import type { Statement, TableName } from './dump.ts';
import { DumpError } from './dump-error.ts';
import { copiedTable, quotesAfter } from './heads.ts';
import type { Follows, PlainSink } from './plain.ts';

export type Event =
  | { kind: 'statements'; statements: Statement[] }
  | { kind: 'psql command'; text: string; at: string }
  | { kind: 'copy'; table: TableName; sql: string; at: string; entry?: number }
  | { kind: 'rows'; bytes: Buffer }
  | { kind: 'rows end' };

/** Beyond it, the text would not fit beside everything else; PostgreSQL itself ends at 1 GB. */
const LONGEST_STATEMENT = 64 * 1024 * 1024;

/** The statement being read. */
type Open = { parts: Buffer[]; bytes: number; at: number };

/** Where a byte is, for a person; and what entry of an archive it belongs to. */
export type Origin = { place: (at: number) => string; entry?: number };

export function eventSink(events: Event[], origin: Origin): PlainSink {
  const { place } = origin;
  const open: Open = { parts: [], bytes: 0, at: 0 };
  return {
    begins: (_bytes, _from, at) => {
      Object.assign(open, { parts: [], bytes: 0, at });
      return 0;
    },
    text: (bytes, from, to) => {
      open.bytes += to - from;
      if (open.bytes > LONGEST_STATEMENT) throw tooLong(place(open.at));
      open.parts.push(bytes.subarray(from, to));
    },
    ended: () => take(open, events, origin),
    rows: (bytes, from, to) => events.push({ kind: 'rows', bytes: bytes.subarray(from, to) }),
    rowsEnded: () => events.push({ kind: 'rows end' }),
    command: (text, at) => events.push({ kind: 'psql command', text, at: place(at) }),
    remark: () => {},
  };
}

function take(open: Open, events: Event[], { place, ...entry }: Origin): Follows {
  const [first, ...others] = open.parts;
  const sql = (first && others.length === 0 ? first : Buffer.concat(open.parts)).toString();
  const at = place(open.at);
  const table = copiedTable(sql);
  if (table) {
    events.push({ kind: 'copy', table, sql, at, ...entry });
    return 'rows';
  }
  const last = events.at(-1);
  if (last?.kind === 'statements') last.statements.push({ sql, at, ...entry });
  else events.push({ kind: 'statements', statements: [{ sql, at, ...entry }] });
  refuseEncoding(sql);
  return quotesAfter(sql);
}

const ENCODING = /^SET\s+client_encoding\s*(?:=|TO)\s*'?([\w-]+)/i;
const READABLE = new Set(['UTF8', 'SQL_ASCII']);

/** Read as UTF-8, text in another encoding would be restored as something else. */
function refuseEncoding(sql: string): void {
  const encoding = ENCODING.exec(sql)?.[1]?.toUpperCase();
  if (encoding === undefined || READABLE.has(encoding)) return;
  const what = `it is encoded as ${encoding}, and only UTF8 is read here; make it with pg_dump --encoding=UTF8`;
  throw new DumpError('unsupported', what);
}

function tooLong(place: string): DumpError {
  return new DumpError('unsupported', `${place}: the statement is longer than ${LONGEST_STATEMENT} bytes`);
}
