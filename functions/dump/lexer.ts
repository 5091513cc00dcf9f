/**
 * Finds where a statement ends, byte by byte and without decoding: every byte that matters is ASCII, and in every encoding that
 * a server may have, no byte of another character looks like one. Works on pieces of any size: what cannot be judged without
 * the next byte is left for the next call.
 */
import { type Words, wordsAnew } from './atomic-body.ts';
import { BACKSLASH, CLOSE, DASH, DOLLAR, DOUBLE_QUOTE, isWordByte, OPEN, QUOTE, SEMICOLON, SLASH } from './bytes.ts';
import { INSIDE_OTHERS, openQuote, rare, word } from './quoting.ts';

export type Inside = 'code' | 'quote' | 'escape quote' | 'name' | 'dollar quote' | 'line comment' | 'block comment';

export type Lexer = {
  inside: Inside;
  /** Why it stopped before the end of the piece. */
  stop: 'end' | 'backslash' | undefined;
  /** Open parentheses; and how many pairs of them there were at the top, which in an INSERT are its rows. */
  depth: number;
  groups: number;
  words: Words;
  /** How deep comments are nested. */
  comments: number;
  /** `$tag$`. */
  tag: Buffer;
  /** The two bytes before the piece, the older one higher. */
  before: number;
  /** `standard_conforming_strings = off`: a backslash escapes in every quote. */
  everyQuoteEscapes: boolean;
};

export function openLexer(): Lexer {
  const [tag, words] = [Buffer.alloc(0), wordsAnew()];
  const start = { inside: 'code', stop: undefined, depth: 0, groups: 0, comments: 0, before: 0 } as const;
  return { ...start, words, tag, everyQuoteEscapes: false };
}

/** For the next statement. `isRepeated`: it begins as one before did, which is known to create no routine. */
export function restart(lexer: Lexer, isRepeated = false): void {
  lexer.inside = 'code';
  lexer.stop = undefined;
  lexer.depth = 0;
  lexer.groups = 0;
  lexer.words.stage = isRepeated ? 'other' : 'head';
  lexer.words.open = 0;
  lexer.words.last = '';
}

/** A piece of the dump; `isLast`: nothing comes after it, so nothing is worth waiting for. */
export type Piece = { bytes: Buffer; isLast: boolean };

/** Goes on from `from`, and returns how far it came: `from` itself where it needs to know what follows. */
export type Inner = (lexer: Lexer, piece: Piece, from: number) => number;

/** @returns how far it came: past the semicolon, before a backslash (see `stop`), or where it needs to know what follows */
export function lex(lexer: Lexer, piece: Piece, from: number): number {
  let at = from;
  while (at < piece.bytes.length && lexer.stop === undefined) {
    const next = INSIDE[lexer.inside](lexer, piece, at);
    if (next === at) break;
    at = next;
  }
  return at;
}

const INSIDE: Record<Inside, Inner> = { code, ...INSIDE_OTHERS };

const [PLAIN, AN_OPEN, A_CLOSE, AN_END, A_QUOTE, RARE, A_WORD] = [0, 1, 2, 3, 4, 5, 6] as const;
const CLASSES = new Uint8Array(256);
for (const byte of [DOUBLE_QUOTE, DOLLAR, DASH, SLASH, BACKSLASH]) CLASSES[byte] = RARE;
CLASSES[QUOTE] = A_QUOTE;
CLASSES[OPEN] = AN_OPEN;
CLASSES[CLOSE] = A_CLOSE;
CLASSES[SEMICOLON] = AN_END;
const CLASSES_WITH_WORDS = CLASSES.map((kind, byte) => (isWordByte[byte] && kind === PLAIN ? A_WORD : kind));

/** The loop over each byte of a dump of INSERTs: what is common there is done here, without a call. */
function code(lexer: Lexer, piece: Piece, from: number): number {
  const { bytes } = piece;
  const classes = lexer.words.stage === 'other' ? CLASSES : CLASSES_WITH_WORDS;
  for (let at = from; at < bytes.length; at += 1) {
    const kind = classes[bytes[at] as number] as number;
    if (kind === PLAIN) continue;
    if (kind === A_QUOTE) {
      const next = openQuote(lexer, bytes, at);
      if (lexer.inside !== 'code') return next;
      at = next - 1;
    } else if (kind > A_QUOTE) return outOfCode(lexer, piece, at);
    else if (mark(lexer, kind)) return at + 1;
  }
  return bytes.length;
}

/** @returns whether the statement ends here */
function mark(lexer: Lexer, kind: number): boolean {
  if (kind === AN_OPEN) {
    if (lexer.depth === 0) lexer.groups += 1;
    lexer.depth += 1;
  } else if (kind === A_CLOSE) lexer.depth -= 1;
  else if (lexer.depth <= 0 && lexer.words.open === 0) lexer.stop = 'end';
  return lexer.stop === 'end';
}

function outOfCode(lexer: Lexer, piece: Piece, at: number): number {
  return CLASSES[piece.bytes[at] as number] === RARE ? rare(lexer, piece, at) : word(lexer, piece, at);
}
