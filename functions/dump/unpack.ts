/** Takes the outer compression off a stored dump, as a stream: told apart by its first bytes, whatever its name says. */
import { createGunzip, createZstdDecompress } from 'node:zlib';
import type { Compression } from './dump.ts';
import { DumpError } from './dump-error.ts';
import { openStored, type Stored } from './stored.ts';
import { through } from './through.ts';

/**
 * Of what comes out. Measured in a scan: twice as much costs 10 MB and saves nothing, half of it a tenth more CPU; Node’s own 16 KB are
 * slower still. A restore keeps what it is about to send as well, and has no such room.
 */
const PIECE_BYTES = { scan: 128 * 1024, restore: 64 * 1024 };
type Purpose = keyof typeof PIECE_BYTES;

const MAGIC: { compression: Exclude<Compression, 'none'>; bytes: Buffer }[] = [
  { compression: 'gzip', bytes: Buffer.from([0x1f, 0x8b]) },
  { compression: 'zstd', bytes: Buffer.from([0x28, 0xb5, 0x2f, 0xfd]) },
  { compression: 'lz4', bytes: Buffer.from([0x04, 0x22, 0x4d, 0x18]) },
];
const LONGEST_MAGIC = 4;

/** `inside` is a call, so that the compression is known even where it is not read here. */
export type Unpacked = { compression: Compression; inside: () => AsyncIterable<Buffer> };

/** @throws DumpError when there is nothing, or nothing that is read here; `inside` throws it at what is wrong further on */
export async function unpack(bytes: AsyncIterable<Buffer>, purpose: Purpose): Promise<Unpacked> {
  const stored = await openStored(bytes, LONGEST_MAGIC);
  if (stored.first.length === 0) throw new DumpError('empty', 'the file has no bytes');
  const compression =
    MAGIC.find((magic) => stored.first.subarray(0, magic.bytes.length).equals(magic.bytes))?.compression ?? 'none';
  return { compression, inside: () => insideOf(stored, compression, PIECE_BYTES[purpose]) };
}

function insideOf(stored: Stored, compression: Compression, chunkSize: number): AsyncIterable<Buffer> {
  if (compression === 'none') return stored.chunks;
  if (compression === 'lz4') throw unreadable('LZ4');
  const options = { chunkSize, readableHighWaterMark: 2 * chunkSize, writableHighWaterMark: chunkSize };
  const engine = compression === 'gzip' ? createGunzip(options) : createZstdDecompress(options);
  return through(engine, stored.chunks);
}

export function unreadable(what: string): DumpError {
  return new DumpError(
    'unsupported',
    `it is compressed with ${what}, which is not read here; make it with gzip or zstd (pg_dump --compress=gzip)`,
  );
}
