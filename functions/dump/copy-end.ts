/** Where the rows of a COPY end: at a line that is `\.` and nothing else. In data, a backslash is doubled. */
import { BACKSLASH, NEWLINE, RETURN } from './bytes.ts';
import type { Piece } from './lexer.ts';

const END = Buffer.from('\\.');

/** `to`: where the rows end that are known to be such; `next`: behind the closing line, where it is here. */
type Rows = { to: number; next?: number };

export function rowsUntil({ bytes, isLast }: Piece, from: number, isLineStart: boolean): Rows {
  const begins = (at: number) => (at === from ? isLineStart : bytes[at - 1] === NEWLINE);
  for (let at = bytes.indexOf(END, from); at !== -1; at = bytes.indexOf(END, at + END.length)) {
    if (!begins(at)) continue;
    const next = lineEnd({ bytes, isLast }, at + END.length);
    if (next === 'unknown') return { to: at };
    if (next !== undefined) return { to: at, next };
  }
  const last = bytes.length - 1;
  const mayBegin = !isLast && last >= from && bytes[last] === BACKSLASH && begins(last);
  return { to: mayBegin ? last : bytes.length };
}

/** Undefined: the line goes on, so it is none. */
function lineEnd({ bytes, isLast }: Piece, at: number): number | 'unknown' | undefined {
  const newline = bytes[at] === RETURN ? at + 1 : at;
  if (newline >= bytes.length) return isLast ? bytes.length : 'unknown';
  return bytes[newline] === NEWLINE ? newline + 1 : undefined;
}
