/** Finds one small file near the beginning of a tar archive, compressed or not, without reading on. */
import { Readable } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';

const BLOCK = 512;
/** PostgreSQL writes the label first; whoever archived a data directory by hand has it somewhere. */
const MOST_BYTES = 64 * 2 ** 20;
const MOST_FILE_BYTES = 64 * 1024;

/** Undefined where it is not among the first megabytes. @throws Error where that is no tar archive, or no whole one up to there */
export async function fileInTar(
  archive: AsyncIterable<Buffer>,
  key: string,
  name: string,
): Promise<string | undefined> {
  const blocks = openBlocks(decompressed(archive, key));
  try {
    for (let read = 0; read < MOST_BYTES; ) {
      const header = await blocks.take(BLOCK);
      if (header.every((byte) => byte === 0)) return undefined;
      const { path, bytes } = entryOf(header);
      const padded = Math.ceil(bytes / BLOCK) * BLOCK;
      const isIt = path === name || path.endsWith(`/${name}`);
      if (isIt && bytes <= MOST_FILE_BYTES) return (await blocks.take(padded)).toString('utf8', 0, bytes);
      await blocks.skip(padded, MOST_BYTES - read);
      read += BLOCK + padded;
    }
    return undefined;
  } finally {
    await blocks.close();
  }
}

function entryOf(header: Buffer): { path: string; bytes: number } {
  const sum = header.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 0x20 : byte), 0);
  if (octal(header, 148, 8) !== sum) throw new Error('it is no tar archive');
  const prefix = text(header, 345, 155);
  const path = text(header, 0, 100);
  // Sizes that eight gigabytes do not hold are written in binary, with the first bit set.
  const bytes = ((header[124] ?? 0) & 0x80) === 0 ? octal(header, 124, 12) : Number(header.readBigUInt64BE(128));
  return { path: prefix === '' ? path : `${prefix}/${path}`, bytes };
}

function text(header: Buffer, from: number, length: number): string {
  const field = header.subarray(from, from + length);
  const end = field.indexOf(0);
  return field.toString('utf8', 0, end === -1 ? length : end);
}

function octal(header: Buffer, from: number, length: number): number {
  return Number.parseInt(text(header, from, length).trim() || '0', 8);
}

function decompressed(archive: AsyncIterable<Buffer>, key: string): Readable {
  const source = Readable.from(archive);
  if (!/\.(gz|tgz|zst)$/.test(key)) return source;
  const inside = key.endsWith('.zst') ? createZstdDecompress() : createGunzip();
  // pipe() forwards no errors, and nobody must wait for ever on a connection that is gone.
  source.on('error', (error) => inside.destroy(error));
  inside.on('close', () => source.destroy());
  return source.pipe(inside);
}

function openBlocks(stream: Readable) {
  const chunks = stream[Symbol.asyncIterator]();
  let rest = Buffer.alloc(0);
  const more = async () => {
    const next = await chunks.next();
    if (next.done) throw new Error('it ends in the middle');
    return next.value as Buffer;
  };
  return {
    take: async (bytes: number) => {
      while (rest.length < bytes) rest = Buffer.concat([rest, await more()]);
      const taken = rest.subarray(0, bytes);
      rest = rest.subarray(bytes);
      return taken;
    },
    /** No further than `most`: what is behind is not looked at any more. */
    skip: async (bytes: number, most: number) => {
      let left = Math.min(bytes, most);
      while (left > rest.length) {
        left -= rest.length;
        rest = Buffer.from(await more());
      }
      rest = rest.subarray(left);
    },
    close: async () => {
      await chunks.return?.();
    },
  };
}
