/** A dump of INSERTs is millions of statements that begin alike: they are gone through here, from one to the next, in one loop. */
import { pastSpace } from './bytes.ts';
import { lex, type Piece, restart } from './lexer.ts';
import type { Plain } from './plain.ts';

/** Where the first of them begins, and how many bytes they share. */
type Alike = { first: number; known: number };

/** @returns how far it came: into a statement that does not end here, or to where none of them begins */
export function repeated(plain: Plain, piece: Piece, alike: Alike): number {
  const { lexer, sink } = plain;
  for (let began = alike.first; ; ) {
    restart(lexer, true);
    const to = lex(lexer, piece, began + alike.known);
    plain.began = plain.at + began;
    if (lexer.stop !== 'end') {
      plain.mode = 'statement';
      return to;
    }
    // What follows it is what followed the one before, or that one would not be alike: nothing.
    sink.ended(lexer.groups);
    began = pastSpace(piece.bytes, to);
    if (!isAlike(piece.bytes, began, alike)) return began;
  }
}

function isAlike(bytes: Buffer, at: number, { first, known }: Alike): boolean {
  // Asked first: a read beyond the end would make every later one slow.
  if (at + known > bytes.length) return false;
  const by = first - at;
  for (let next = at; next < at + known; next += 1) if (bytes[next] !== bytes[next + by]) return false;
  return true;
}
