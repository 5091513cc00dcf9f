/** A custom-format archive, read from front to back: its data stand in the order of its table of contents. */
import { readInt } from './archive-fields.ts';
import { type ArchiveHead, readHead } from './archive-head.ts';
import { type BlockKind, readBlockHead } from './blocks.ts';
import { type ByteReader, isAtEnd, openByteReader } from './byte-reader.ts';
import { type Entry, placeOf, readContents } from './contents.ts';
import { DumpError } from './dump-error.ts';

export type Archive = { reader: ByteReader; head: ArchiveHead; contents: Entry[] };

export async function openArchive(bytes: AsyncIterable<Buffer>): Promise<Archive> {
  const reader = openByteReader(bytes);
  const head = await readHead(reader);
  return { reader, head, contents: await readContents(reader, head) };
}

/** The block of an entry’s data begins here; every one that the table of contents promises must come. */
export async function openBlock({ reader, head }: Archive, entry: Entry): Promise<BlockKind> {
  const { kind, id } = await readBlockHead(reader, head);
  if (id === entry.id) return kind;
  throw new DumpError('corrupt', `byte ${reader.at}: data of entry ${id}, and not of ${placeOf(entry)}`);
}

/** Undefined at the end of a block of large objects. */
export async function nextLargeObject({ reader, head }: Archive): Promise<number | undefined> {
  return (await readInt(reader, head)) || undefined;
}

/** @throws DumpError when something comes after the last block */
export async function closeArchive({ reader }: Archive): Promise<void> {
  if (await isAtEnd(reader)) return;
  throw new DumpError('bytes after the end', `byte ${reader.at}: something comes after the last block of data`);
}

/** The SQL that makes an entry. From 17 on, large objects are made by the list of their numbers. */
export function definitionOf({ description, definition }: Entry): Buffer {
  const sql =
    description === 'BLOB METADATA' ? definition.replaceAll(/\d+/g, "SELECT pg_catalog.lo_create('$&');") : definition;
  // Some end without a semicolon.
  return Buffer.from(`${sql}\n;`);
}
