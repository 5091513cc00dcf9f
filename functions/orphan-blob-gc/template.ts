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
  const parts = placed(pieces);
  const length = keyOf('0'.repeat(hashDigits)).length;
  const whole = parts.findLast(({ piece }) => 'from' in piece)?.at ?? 0;
  const isHash = (text: string) => text.length === hashDigits && isHexadecimal(text);
  return {
    keyOf,
    isHash,
    hashOf: (text) => {
      if (text.length !== length) return undefined;
      const hash = text.slice(whole, whole + hashDigits);
      const isOurs = isHexadecimal(hash) && parts.every(({ at, piece }) => stands(text, at, piece, hash));
      return isOurs ? hash : undefined;
    },
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

function placed(pieces: Piece[]): { at: number; piece: Piece }[] {
  let at = 0;
  return pieces.map((piece) => {
    const placedPiece = { at, piece };
    at += 'literal' in piece ? piece.literal.length : piece.to - piece.from;
    return placedPiece;
  });
}

function textOf(piece: Piece, hash: string): string {
  return 'literal' in piece ? piece.literal : hash.slice(piece.from, piece.to);
}

/** Compared where it lies: cutting pieces out of each of millions of keys costs more than looking at them. */
function stands(text: string, at: number, piece: Piece, hash: string): boolean {
  if ('literal' in piece) return text.startsWith(piece.literal, at);
  for (let index = piece.from; index < piece.to; index += 1) {
    if (text.charCodeAt(at + index - piece.from) !== hash.charCodeAt(index)) return false;
  }
  return true;
}

function boundOf(pieces: Piece[], digits: string): string {
  let bound = '';
  for (const piece of pieces) {
    bound += textOf(piece, digits);
    if ('to' in piece && piece.to >= digits.length) break;
  }
  return bound;
}

const ZERO = 48;
const NINE = 57;
const A = 97;
const F = 102;

function isHexadecimal(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code < ZERO || code > F || (code > NINE && code < A)) return false;
  }
  return true;
}
