/** Newlines, four bytes at a time: as fast in tables of two numbers as in those of long texts, where a search is as good. */
import { NEWLINE } from './bytes.ts';

const FOUR_NEWLINES = 0x0a0a0a0a;
const LOW_BITS = 0x7f7f7f7f;
/** Each byte of the sum counts to 255 at most. */
const MOST_IN_A_BYTE = 255;

export function countLines(bytes: Buffer, from: number, to: number): number {
  // Words of four bytes must begin at a multiple of four.
  const aligned = Math.min(to, from + ((4 - ((bytes.byteOffset + from) & 3)) & 3));
  const words = new Int32Array(bytes.buffer, aligned < to ? bytes.byteOffset + aligned : 0, (to - aligned) >> 2);
  const behind = aligned + words.length * 4;
  let lines = countOneByOne(bytes, from, aligned) + countOneByOne(bytes, behind, to);
  for (let at = 0; at < words.length; at += MOST_IN_A_BYTE) {
    lines += countInWords(words, at, Math.min(words.length, at + MOST_IN_A_BYTE));
  }
  return lines;
}

function countInWords(words: Int32Array, from: number, to: number): number {
  let sums = 0;
  for (let at = from; at < to; at += 1) {
    // Zero in just those bytes that are newlines; then the highest bit of just those, moved to the lowest.
    const word = (words[at] as number) ^ FOUR_NEWLINES;
    sums = (sums + (~(((word & LOW_BITS) + LOW_BITS) | word | LOW_BITS) >>> 7)) | 0;
  }
  return (sums & 255) + ((sums >>> 8) & 255) + ((sums >>> 16) & 255) + (sums >>> 24);
}

function countOneByOne(bytes: Buffer, from: number, to: number): number {
  let lines = 0;
  for (let at = from; at < to; at += 1) if (bytes[at] === NEWLINE) lines += 1;
  return lines;
}
