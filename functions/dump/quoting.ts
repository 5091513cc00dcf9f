/** What may hide a semicolon: strings, quoted names, dollar quotes and comments; and the words of a routine’s body. */
import { noteWord } from './atomic-body.ts';
import { BACKSLASH, DASH, DOLLAR, DOUBLE_QUOTE, isWordByte, NEWLINE, QUOTE, SLASH, STAR } from './bytes.ts';
import type { Inner, Inside, Lexer, Piece } from './lexer.ts';

export const INSIDE_OTHERS: Record<Exclude<Inside, 'code'>, Inner> = {
  // A doubled one closes it and opens it again, which comes to the same. Only where backslashes escape must one look closer.
  quote: (lexer, { bytes }, from) => past(lexer, bytes.indexOf(QUOTE, from), bytes),
  name: (lexer, { bytes }, from) => past(lexer, bytes.indexOf(DOUBLE_QUOTE, from), bytes),
  'line comment': (lexer, { bytes }, from) => past(lexer, bytes.indexOf(NEWLINE, from), bytes),
  'escape quote': escapeQuote,
  'dollar quote': dollarQuote,
  'block comment': blockComment,
};

function past(lexer: Lexer, found: number, bytes: Buffer): number {
  if (found === -1) return bytes.length;
  lexer.inside = 'code';
  return found + 1;
}

const SHORT = 64;

/** At a quote in code. Most strings are short, and end in the same piece: a call for each would cost more than the loop. */
export function openQuote(lexer: Lexer, bytes: Buffer, at: number): number {
  if (lexer.everyQuoteEscapes || escapes(lexer, bytes, at)) {
    lexer.inside = 'escape quote';
    return at + 1;
  }
  const until = Math.min(at + SHORT, bytes.length);
  for (let next = at + 1; next < until; next += 1) if (bytes[next] === QUOTE) return next + 1;
  lexer.inside = 'quote';
  return until;
}

/** `E'…'`, but not `some_name'…'`. */
function escapes(lexer: Lexer, bytes: Buffer, at: number): boolean {
  const prefix = byteBefore(lexer, bytes, at - 1);
  return (prefix === 0x45 || prefix === 0x65) && !isWordByte[byteBefore(lexer, bytes, at - 2)];
}

/** The byte at a place that may lie before the piece. */
function byteBefore(lexer: Lexer, bytes: Buffer, at: number): number {
  return at >= 0 ? (bytes[at] as number) : (lexer.before >> (8 * (-1 - at))) & 0xff;
}

/** What else is not plain code: a name, a dollar, or what may begin a comment. */
export function rare(lexer: Lexer, piece: Piece, at: number): number {
  const { bytes, isLast } = piece;
  const byte = bytes[at];
  if (byte === DOUBLE_QUOTE) lexer.inside = 'name';
  else if (byte === BACKSLASH) {
    lexer.stop = 'backslash';
    return at;
  } else if (byte === DOLLAR) return dollar(lexer, piece, at);
  else if (at + 1 === bytes.length) return isLast ? at + 1 : at;
  else if (byte === DASH && bytes[at + 1] === DASH) lexer.inside = 'line comment';
  else if (byte === SLASH && bytes[at + 1] === STAR) {
    lexer.inside = 'block comment';
    lexer.comments = 1;
    return at + 2;
  }
  return at + 1;
}

/** Longer words mean nothing here, so nobody waits for their end. */
const LONGEST_WORD = 64;

export function word(lexer: Lexer, { bytes, isLast }: Piece, from: number): number {
  let at = from;
  while (at < bytes.length && isWordByte[bytes[at] as number]) at += 1;
  if (at === bytes.length && !isLast && at - from < LONGEST_WORD) return from;
  if (lexer.depth === 0) noteWord(lexer.words, bytes.toString('latin1', from, at).toLowerCase());
  return at;
}

/** Names are at most 63 bytes long; a tag may be longer, but no program writes such. */
const LONGEST_TAG = 1_024;

function dollar(lexer: Lexer, { bytes, isLast }: Piece, at: number): number {
  // Part of a name, or a parameter ($1).
  if (isWordByte[byteBefore(lexer, bytes, at - 1)] || isDigit(bytes[at + 1])) return at + 1;
  let end = at + 1;
  while (end < bytes.length && bytes[end] !== DOLLAR && isWordByte[bytes[end] as number]) end += 1;
  if (end === bytes.length) return isLast || end - at > LONGEST_TAG ? end : at;
  if (bytes[end] !== DOLLAR) return end;
  lexer.tag = Buffer.from(bytes.subarray(at, end + 1));
  lexer.inside = 'dollar quote';
  return end + 1;
}

const isDigit = (byte: number | undefined) => byte !== undefined && byte >= 0x30 && byte <= 0x39;

function dollarQuote(lexer: Lexer, { bytes, isLast }: Piece, from: number): number {
  const found = bytes.indexOf(lexer.tag, from);
  if (found !== -1) {
    lexer.inside = 'code';
    return found + lexer.tag.length;
  }
  // The tag may have begun at the end of this piece.
  return isLast ? bytes.length : Math.max(from, bytes.length - lexer.tag.length + 1);
}

function escapeQuote(lexer: Lexer, { bytes, isLast }: Piece, from: number): number {
  let at = from;
  while (at < bytes.length && bytes[at] !== QUOTE && bytes[at] !== BACKSLASH) at += 1;
  if (at >= bytes.length - 1) return isLast ? bytes.length : at;
  if (bytes[at] === BACKSLASH || bytes[at + 1] === QUOTE) return at + 2;
  lexer.inside = 'code';
  return at + 1;
}

function blockComment(lexer: Lexer, { bytes, isLast }: Piece, from: number): number {
  let at = from;
  while (at < bytes.length && bytes[at] !== STAR && bytes[at] !== SLASH) at += 1;
  if (at >= bytes.length - 1) return isLast ? bytes.length : at;
  const pair = bytes[at] === STAR ? bytes[at + 1] === SLASH : bytes[at + 1] === STAR;
  if (!pair) return at + 1;
  lexer.comments += bytes[at] === STAR ? -1 : 1;
  if (lexer.comments === 0) lexer.inside = 'code';
  return at + 2;
}
