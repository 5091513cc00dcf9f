/** The one order that PostgreSQL and we agree about: bytes of UTF-8, which PostgreSQL calls COLLATE "C". */
import { RefusalError } from './errors.ts';

/** JavaScript compares UTF-16 units, which sorts these, and only these, before characters that UTF-8 sorts after them. */
const SURROGATE = /[\uD800-\uDFFF]/;

/** Negative, zero or positive, as `a` sorts before, with or after `b` by the bytes of UTF-8. */
export function compareBytes(a: string, b: string): number {
  if (a === b) return 0;
  if (SURROGATE.test(a) || SURROGATE.test(b)) return Buffer.compare(Buffer.from(a), Buffer.from(b));
  return a < b ? -1 : 1;
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
