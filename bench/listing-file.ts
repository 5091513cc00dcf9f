/** A listing that is ready: keys in a file, read in pages as a store would send them, for next to nothing. */
import { once } from 'node:events';
import { closeSync, createWriteStream, openSync, readSync } from 'node:fs';
import type { Listed } from '../functions/object-store/listing.ts';
import { manyKeys } from '../local/blobs/many.ts';

const PAGE = 1_000;
/** Of one key and the end of its line. */
const LINE_BYTES = 71;

export async function writeListing(path: string, count: number): Promise<void> {
  const file = createWriteStream(path);
  let lines = '';
  for (const key of manyKeys(count)) {
    lines += `${key}\n`;
    if (lines.length < PAGE * LINE_BYTES) continue;
    if (!file.write(lines)) await once(file, 'drain');
    lines = '';
  }
  file.end(lines);
  await once(file, 'finish');
}

/** Read without a thread of its own, which a busy machine would be slow to wake. */
export async function* readListing(path: string): AsyncGenerator<Listed[]> {
  const page = Buffer.alloc(PAGE * LINE_BYTES);
  const file = openSync(path, 'r');
  try {
    for (let bytes = readSync(file, page); bytes > 0; bytes = readSync(file, page))
      yield listedIn(page.toString('latin1', 0, bytes));
  } finally {
    closeSync(file);
  }
}

function listedIn(lines: string): Listed[] {
  const page: Listed[] = [];
  for (let at = 0; at < lines.length; at += LINE_BYTES) {
    const key = lines.slice(at, at + LINE_BYTES - 1);
    page.push({ key, bytes: 1, etag: '"e"', lastModified: 0, storageClass: 'STANDARD' });
  }
  return page;
}
