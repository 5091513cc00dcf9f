/** A text file on the function's own disk, written as a stream and then stored whole: its length must be known to S3. */
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
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

/** Level 3 is a third of the CPU of the default 6 for a tenth more bytes on rows of keys and dates. */
const GZIP_LEVEL = 3;
/** Handing zlib small pieces costs more than compressing them. */
const PIECE_CHARACTERS = 64 * 1024;

export async function openSpool(name: string): Promise<Spool> {
  const folder = await mkdtemp(join(tmpdir(), 'nightshift-'));
  const path = join(folder, name);
  const gzip = createGzip({ level: GZIP_LEVEL });
  const file = createWriteStream(path);
  const written = finished(gzip.pipe(file)).catch((error) => {
    throw new EvidenceError(`${path} cannot be written: ${describe(error)}. Is the function’s disk full?`, {
      cause: error,
    });
  });
  // Awaited in finish() and drained(); without this, a full disk would be an unhandled rejection before either is called.
  written.catch(() => {});
  let piece = '';
  const flush = () => {
    const roomLeft = gzip.write(piece);
    piece = '';
    return roomLeft;
  };
  return {
    write: (text) => {
      piece += text;
    },
    drained: async () => {
      if (piece.length >= PIECE_CHARACTERS && !flush()) await Promise.race([once(gzip, 'drain'), written]);
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
