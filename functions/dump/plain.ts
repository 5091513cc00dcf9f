/** Takes a plain dump apart as it comes, in pieces of any size, and gives the parts to a sink. */
import { BACKSLASH, DASH, isSpace, NEWLINE, pastSpace } from './bytes.ts';
import { rowsUntil } from './copy-end.ts';
import { DumpError } from './dump-error.ts';
import { type Lexer, lex, openLexer, type Piece, restart } from './lexer.ts';
import { repeated } from './repeated.ts';

/** What follows a statement: COPY’s rows, or strings that are to be read in another way. */
export type Follows = 'rows' | 'quotes that escape' | 'quotes that do not' | undefined;

/** Positions `from` and `to` are in the piece; `at` is a byte of the whole dump. */
export type PlainSink = {
  /**
   * Not called again for the statements right after it that begin with the same bytes.
   * @returns how many bytes of it need no look, because a statement before began with just these: 0, or fewer than there are
   */
  begins(bytes: Buffer, from: number, at: number): number;
  text(bytes: Buffer, from: number, to: number): void;
  /** `groups`: pairs of parentheses at the top, in what was looked at. */
  ended(groups: number): Follows;
  rows(bytes: Buffer, from: number, to: number): void;
  rowsEnded(): void;
  /** A psql command, in a statement or between two. */
  command(text: string, at: number): void;
  /** A line of comment between statements. */
  remark(line: string): void;
};

type Mode = 'between' | 'statement' | 'rest of line' | 'rows';

export type Plain = {
  sink: PlainSink;
  lexer: Lexer;
  mode: Mode;
  /** What could not be judged without the bytes that follow it. */
  rest: Buffer;
  /** Of the first byte of `rest`, in the dump. */
  at: number;
  /** Where the statement or the rows began that are not at their end. */
  began: number;
  /** Whether the next byte of rows begins a line. */
  isLineStart: boolean;
};

export function openPlain(sink: PlainSink): Plain {
  const start = { mode: 'between', rest: Buffer.alloc(0), at: 0, began: 0, isLineStart: true } as const;
  return { ...start, sink, lexer: openLexer() };
}

/** @throws DumpError, and whatever the sink throws */
export function push(plain: Plain, chunk: Buffer, isLast = false): void {
  const bytes = plain.rest.length === 0 ? chunk : Buffer.concat([plain.rest, chunk]);
  const piece = { bytes, isLast };
  let at = 0;
  while (at < bytes.length) {
    const { mode } = plain;
    const next = MODES[mode](plain, piece, at);
    if (next === at && plain.mode === mode) break;
    at = next;
  }
  noteBefore(plain.lexer, bytes, at);
  plain.rest = bytes.subarray(at);
  plain.at += at;
}

function noteBefore(lexer: Lexer, bytes: Buffer, at: number): void {
  const newer = at > 0 ? (bytes[at - 1] as number) : lexer.before & 0xff;
  const older = at > 1 ? (bytes[at - 2] as number) : at === 1 ? lexer.before & 0xff : lexer.before >> 8;
  lexer.before = (older << 8) | newer;
}

/** Each returns how far it came; no further, and in the same mode, where it must know what follows. */
const MODES: Record<Mode, (plain: Plain, piece: Piece, from: number) => number> = {
  between,
  statement,
  'rest of line': restOfLine,
  rows,
};

function between(plain: Plain, { bytes, isLast }: Piece, from: number): number {
  const at = pastSpace(bytes, from);
  if (at === bytes.length) return at;
  if (bytes[at] === BACKSLASH) return command(plain, { bytes, isLast }, at);
  if (bytes[at] === DASH && at + 1 === bytes.length && !isLast) return at;
  if (bytes[at] === DASH && bytes[at + 1] === DASH) {
    return line({ bytes, isLast }, at, (text) => plain.sink.remark(text));
  }
  plain.began = plain.at + at;
  const known = plain.sink.begins(bytes, at, plain.began);
  if (known > 0) return repeated(plain, { bytes, isLast }, { first: at, known });
  restart(plain.lexer);
  plain.mode = 'statement';
  return at;
}

function statement(plain: Plain, piece: Piece, from: number): number {
  const { lexer, sink } = plain;
  const to = lex(lexer, piece, from);
  if (to > from) sink.text(piece.bytes, from, to);
  if (lexer.stop === 'backslash') return commandInside(plain, piece, to);
  if (lexer.stop === undefined) return to;
  const follows = sink.ended(lexer.groups);
  plain.mode = follows === 'rows' ? 'rest of line' : 'between';
  if (follows === 'quotes that escape') lexer.everyQuoteEscapes = true;
  if (follows === 'quotes that do not') lexer.everyQuoteEscapes = false;
  return to;
}

/** psql would carry it out even in the middle of a statement. */
function commandInside(plain: Plain, piece: Piece, at: number): number {
  const next = command(plain, piece, at);
  if (next > at) plain.lexer.stop = undefined;
  return next;
}

function command(plain: Plain, piece: Piece, at: number): number {
  return line(piece, at, (text) => plain.sink.command(text, plain.at + at));
}

const LONGEST_LINE = 1024 * 1024;

/** Takes a whole line, and waits for it where its end is not here yet. */
function line({ bytes, isLast }: Piece, at: number, take: (text: string) => void): number {
  const end = bytes.indexOf(NEWLINE, at);
  if (end === -1 && !isLast) {
    if (bytes.length - at < LONGEST_LINE) return at;
    throw new DumpError('not a dump', `a comment or psql command is a line of more than ${LONGEST_LINE} bytes`);
  }
  const to = end === -1 ? bytes.length : end;
  take(bytes.toString('utf8', at, to).trimEnd());
  return Math.min(to + 1, bytes.length);
}

/** What stands behind `FROM stdin;` on its line, psql would carry out after the rows. pg_dump writes nothing there. */
function restOfLine(plain: Plain, { bytes }: Piece, from: number): number {
  let at = from;
  while (at < bytes.length && bytes[at] !== NEWLINE && isSpace(bytes[at])) at += 1;
  if (at === bytes.length) return at;
  if (bytes[at] !== NEWLINE) {
    throw new DumpError('corrupt', `byte ${plain.at + at}: something stands behind COPY … FROM stdin; on its line`);
  }
  plain.mode = 'rows';
  plain.isLineStart = true;
  return at + 1;
}

function rows(plain: Plain, piece: Piece, from: number): number {
  const { to, next } = rowsUntil(piece, from, plain.isLineStart);
  if (to > from) {
    plain.sink.rows(piece.bytes, from, to);
    plain.isLineStart = piece.bytes[to - 1] === NEWLINE;
  }
  if (next === undefined) return to;
  plain.sink.rowsEnded();
  plain.mode = 'between';
  return next;
}
