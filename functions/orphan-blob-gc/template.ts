/** From a blob's hash to its key and back, by the system's own template (F53). */
import type { Settings } from './contract.ts';

export type Template = {
  keyOf(hash: string): string;
  /** Undefined where the template does not make such a key, in this spelling, of any hash. */
  hashOf(key: string): string | undefined;
  isHash(text: string): boolean;
  /** Sorts before every key whose hash begins so, and after every one whose hash sorts before. */
  boundOf(digits: string): string;
};

type Piece = { literal: string } | { from: number; to: number };

export function templateOf({
  prefix,
  key,
  blobs: { hashDigits },
}: Pick<Settings, 'prefix' | 'key' | 'blobs'>): Template {
  const pieces = piecesOf(prefix, key, hashDigits);
  const keyOf = (hash: string) => pieces.map((piece) => textOf(piece, hash)).join('');
  const ownKey = new RegExp(`^${patternOf(pieces)}$`);
  const wholeHash = new RegExp(`^${DIGIT}{${hashDigits}}$`);
  const at = lengthOf(pieces.slice(0, wholeIn(pieces)));
  return {
    keyOf,
    isHash: (text) => wholeHash.test(text),
    hashOf: (text) => (ownKey.test(text) ? text.slice(at, at + hashDigits) : undefined),
    boundOf: (digits) => boundOf(pieces, digits),
  };
}

function piecesOf(prefix: string, key: string, hashDigits: number): Piece[] {
  return `${prefix}${key}`.split(/(\{hash[^}]*\})/).flatMap((part): Piece[] => {
    if (part === '') return [];
    if (part === '{hash}') return [{ from: 0, to: hashDigits }];
    const [, from, to] = /^\{hash:(\d+):(\d+)\}$/.exec(part) ?? [];
    return [from === undefined ? { literal: part } : { from: Number(from), to: Number(to) }];
  });
}

/** Of its pieces, the whole hash is the last that is no literal. */
function wholeIn(pieces: Piece[]): number {
  return pieces.findLastIndex((piece) => 'to' in piece);
}

function lengthOf(pieces: Piece[]): number {
  return pieces.reduce((sum, piece) => sum + ('literal' in piece ? piece.literal.length : piece.to - piece.from), 0);
}

const DIGIT = '[0-9a-f]';

/**
 * Slices begin at the first digit and leave no gap, so the whole hash begins with what they hold. Millions of keys are looked at: one
 * expression takes less than half the time of a loop over their characters.
 */
function patternOf(pieces: Piece[]): string {
  const slices = pieces.filter((piece) => 'to' in piece).slice(0, -1);
  const held = slices.map(({ from }) => `\\k<from${from}>`).join('');
  const heldDigits = slices.at(-1)?.to ?? 0;
  const whole = wholeIn(pieces);
  const parts = pieces.map((piece, index) => {
    if ('literal' in piece) return RegExp.escape(piece.literal);
    if (index === whole) return `${held}${DIGIT}{${piece.to - heldDigits}}`;
    return `(?<from${piece.from}>${DIGIT}{${piece.to - piece.from}})`;
  });
  return parts.join('');
}

function textOf(piece: Piece, hash: string): string {
  return 'literal' in piece ? piece.literal : hash.slice(piece.from, piece.to);
}

function boundOf(pieces: Piece[], digits: string): string {
  let bound = '';
  for (const piece of pieces) {
    bound += textOf(piece, digits);
    if ('to' in piece && piece.to >= digits.length) break;
  }
  return bound;
}
