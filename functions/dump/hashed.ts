/** Counts and hashes the pieces that go by. */
import { createHash, type Hash } from 'node:crypto';

export type Seal = { bytes: number; hash: Hash };

export const openSeal = (): Seal => ({ bytes: 0, hash: createHash('sha256') });

export async function* hashed(pieces: AsyncIterable<Buffer>, seal: Seal): AsyncGenerator<Buffer> {
  for await (const piece of pieces) {
    seal.bytes += piece.length;
    seal.hash.update(piece);
    yield piece;
  }
}

export async function* counted(pieces: AsyncIterable<Buffer>, count: { bytes: number }): AsyncGenerator<Buffer> {
  for await (const piece of pieces) {
    count.bytes += piece.length;
    yield piece;
  }
}
