/** The data of a custom-format archive: blocks of chunks, as pg_backup_custom.c writes them. */
import { createInflate, createZstdDecompress } from 'node:zlib';
import { intIn, readByte, readInt, refuse, type Sizes } from './archive-fields.ts';
import type { ArchiveHead } from './archive-head.ts';
import { type ByteReader, consume, takeSome } from './byte-reader.ts';
import { through } from './through.ts';
import { unreadable } from './unpack.ts';

/** BLK_DATA and BLK_BLOBS of pg_backup_archiver.h: rows or SQL of one entry, and large objects one after the other. */
const KINDS = { 1: 'data', 3: 'large objects' } as const;
export type BlockKind = (typeof KINDS)[keyof typeof KINDS];

export async function readBlockHead(reader: ByteReader, sizes: Sizes): Promise<{ kind: BlockKind; id: number }> {
  const type = await readByte(reader);
  const kind = KINDS[type as keyof typeof KINDS] ?? refuse(reader, `a block of data of kind ${type}`);
  return { kind, id: await readInt(reader, sizes) };
}

/** Enough for zlib to have something to do each time, and nothing beside the memory allowed. */
const PIECE_BYTES = 64 * 1024;

/** Without compression, every row is a chunk of its own: as many as there are here are given at once. */
async function* chunksOf(reader: ByteReader, sizes: Sizes): AsyncGenerator<Buffer> {
  for (;;) {
    const piece = gather(reader, sizes);
    if (piece.length > 0) yield piece;
    const length = await readInt(reader, sizes);
    if (length === 0) return;
    if (length < 0) refuse(reader, `a chunk of ${length} bytes`);
    for (let left = length; left > 0; ) {
      const part = await takeSome(reader, left);
      left -= part.length;
      yield part;
    }
  }
}

/** The chunks that are here to their ends, but not the empty one that closes a block. */
function gather(reader: ByteReader, { intSize }: Sizes): Buffer {
  const { buffer } = reader;
  const piece = Buffer.allocUnsafe(Math.min(PIECE_BYTES, buffer.length));
  let [from, to] = [0, 0];
  while (from + 1 + intSize <= buffer.length) {
    const length = intIn(buffer, from, intSize);
    const begin = from + 1 + intSize;
    if (length === undefined || length <= 0 || begin + length > buffer.length || to + length > piece.length) break;
    buffer.copy(piece, to, begin, begin + length);
    to += length;
    from = begin + length;
  }
  consume(reader, from);
  return piece.subarray(0, to);
}

/** @throws DumpError also where what was compressed does not hold */
export function dataOf(reader: ByteReader, { compression, ...sizes }: ArchiveHead): AsyncGenerator<Buffer> {
  const chunks = chunksOf(reader, sizes);
  const options = { chunkSize: PIECE_BYTES };
  if (compression === 'none') return chunks;
  if (compression === 'gzip') return through(createInflate(options), chunks);
  if (compression === 'zstd') return through(createZstdDecompress(options), chunks);
  throw unreadable('LZ4');
}

/** Past the rest of a block, without taking the compression off. */
export async function passData(reader: ByteReader, sizes: Sizes): Promise<void> {
  for await (const _ of chunksOf(reader, sizes));
}
