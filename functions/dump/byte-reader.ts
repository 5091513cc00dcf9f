/** Reads a stream by counts of bytes. */
import { DumpError } from './dump-error.ts';

export type ByteReader = {
  source: AsyncIterator<Buffer>;
  /** What was got and not yet read. */
  buffer: Buffer;
  /** Of the first byte of `buffer`, in the file. */
  at: number;
};

export function openByteReader(bytes: AsyncIterable<Buffer>): ByteReader {
  return { source: bytes[Symbol.asyncIterator](), buffer: Buffer.alloc(0), at: 0 };
}

/** Nothing that is read as one piece is longer: not a function’s body, and not a definition. */
const LONGEST_BYTES = 64 * 1024 * 1024;

/** @throws DumpError where the file ends before, or where no such piece can be */
export async function take(reader: ByteReader, count: number): Promise<Buffer> {
  if (count > LONGEST_BYTES) throw new DumpError('corrupt', `byte ${reader.at}: a piece of ${count} bytes`);
  if (reader.buffer.length < count) await fill(reader, count);
  return consume(reader, count);
}

/** At least one byte and at most so many: whatever is here. */
export async function takeSome(reader: ByteReader, most: number): Promise<Buffer> {
  if (reader.buffer.length === 0) await fill(reader, 1);
  return consume(reader, Math.min(most, reader.buffer.length));
}

export async function isAtEnd(reader: ByteReader): Promise<boolean> {
  while (reader.buffer.length === 0) {
    const { value, done } = await reader.source.next();
    if (done) return true;
    reader.buffer = value;
  }
  return false;
}

export function consume(reader: ByteReader, count: number): Buffer {
  const taken = reader.buffer.subarray(0, count);
  reader.buffer = reader.buffer.subarray(count);
  reader.at += count;
  return taken;
}

async function fill(reader: ByteReader, count: number): Promise<void> {
  const parts = [reader.buffer];
  for (let length = reader.buffer.length; length < count; ) {
    const { value, done } = await reader.source.next();
    if (done)
      throw new DumpError('cut off', `byte ${reader.at + length}: the file ends in the middle of what it began`);
    parts.push(value);
    length += value.length;
  }
  reader.buffer = Buffer.concat(parts);
}
