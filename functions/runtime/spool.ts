/** A text file on the function's own disk, written as a stream and then stored whole: its length must be known to S3. */
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TransformOptions } from 'node:stream';
import { finished } from 'node:stream/promises';
import { createGzip, type ZlibOptions } from 'node:zlib';
import { describe, EvidenceError } from './errors.ts';

export type Spool = {
  /** Adds text. Cheap: nothing is awaited, so a row of five million may be added as it comes. */
  write(text: string): void;
  /** To be awaited now and then between writes: waits until the disk has caught up. @throws EvidenceError when it is full */
  drained(): Promise<void>;
  /** Ends the file. */
  finish(): Promise<{ path: string; bytes: number }>;
  /** Removes the file; also one that was never finished. */
  discard(): Promise<void>;
};

/** Of rows of keys and dates, level 1 makes an eighth more bytes than the default 6, in a quarter of its CPU. */
const GZIP_LEVEL = 1;
/** Handing zlib small pieces costs more than compressing them. */
const PIECE_BYTES = 128 * 1024;
/** zlib works in a thread of its own: with this much waiting for it, neither thread waits for the other. */
const WAITING_BYTES = 256 * 1024;

/** UTF-8 takes at most three bytes for each of UTF-16's units. */
const BYTES_PER_UNIT = 3;

const GZIP: ZlibOptions & TransformOptions = {
  level: GZIP_LEVEL,
  chunkSize: PIECE_BYTES,
  highWaterMark: WAITING_BYTES,
};

export async function openSpool(name: string): Promise<Spool> {
  const folder = await mkdtemp(join(tmpdir(), 'nightshift-'));
  const path = join(folder, name);
  const gzip = createGzip(GZIP);
  const file = createWriteStream(path);
  const written = finished(gzip.pipe(file)).catch((error) => {
    throw new EvidenceError(`${path} cannot be written: ${describe(error)}. Is the function’s disk full?`, {
      cause: error,
    });
  });
  // Awaited in finish() and drained(); without this, a full disk would be an unhandled rejection before either is called.
  written.catch(() => {});
  // Pieces are used again and again: a new one for each would wait for V8's garbage collector, which does not hurry for memory
  // outside its own heap.
  const spare: Buffer[] = [];
  let piece: Buffer = Buffer.allocUnsafe(PIECE_BYTES);
  let used = 0;
  const flush = () => {
    const full = piece;
    gzip.write(full.subarray(0, used), () => spare.push(full));
    piece = spare.pop() ?? Buffer.allocUnsafe(PIECE_BYTES);
    used = 0;
  };
  return {
    write: (text) => {
      const most = text.length * BYTES_PER_UNIT;
      if (used + most > PIECE_BYTES) flush();
      if (most > PIECE_BYTES) gzip.write(text);
      else used += piece.write(text, used);
    },
    drained: async () => {
      if (gzip.writableNeedDrain) await Promise.race([once(gzip, 'drain'), written]);
    },
    finish: async () => {
      flush();
      gzip.end();
      await written;
      return { path, bytes: (await stat(path)).size };
    },
    discard: async () => {
      gzip.destroy();
      file.destroy();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
