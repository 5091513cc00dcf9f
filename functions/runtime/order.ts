/** The one order that PostgreSQL and we agree about: bytes of UTF-8, which PostgreSQL calls COLLATE "C". */
import { RefusalError } from './errors.ts';

/** Negative, zero or positive, as `a` sorts before, with or after `b` by the bytes of UTF-8. */
export function compareBytes(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at += 1) {
    const difference = rank(a.charCodeAt(at)) - rank(b.charCodeAt(at));
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/**
 * The units of UTF-16 sort as bytes of UTF-8 do, but for surrogates: they stand for characters that UTF-8 sorts last.
 */
function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}

/** @returns a check to be called with every key of a stream; it throws RefusalError at the first that does not ascend (F63) */
export function mustAscend(stream: string): (key: string) => void {
  let last: string | undefined;
  return (key) => {
    if (last !== undefined && compareBytes(last, key) >= 0) {
      throw new RefusalError(
        `${stream} is not in ascending byte order without repeats: ${JSON.stringify(key)} came after ${JSON.stringify(last)}.`,
      );
    }
    last = key;
  };
}
