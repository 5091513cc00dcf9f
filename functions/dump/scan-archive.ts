/** Counts what a custom-format archive holds, and reads all of it. */
import { type Archive, closeArchive, definitionOf, nextLargeObject, openArchive, openBlock } from './archive.ts';
import { dataOf } from './blocks.ts';
import { type Entry, placeOf } from './contents.ts';
import { DumpError } from './dump-error.ts';
import { copiedTable } from './heads.ts';
import { openPlain, push } from './plain.ts';
import { restorable } from './restorable.ts';
import { type Known, type Tally, tableOf, tallySink } from './tally.ts';

type Scanning = { tally: Tally; known: Known };

/** @throws DumpError at the first thing wrong; what was counted before it stays counted */
export async function scanArchive({ tally, known }: Scanning, bytes: AsyncIterable<Buffer>): Promise<void> {
  const archive = await openArchive(bytes);
  const { serverVersion, pgDumpVersion, compression } = archive.head;
  Object.assign(known, { ...(serverVersion && { serverVersion }), ...(pgDumpVersion && { pgDumpVersion }) });
  // What is around it all is said where there is something, for that is what is stored.
  if (known.compression === 'none') known.compression = compression;
  for (const entry of restorable(archive.contents)) {
    scanDefinition(tally, entry);
    if (entry.hasData) await scanData(tally, archive, entry);
  }
  await closeArchive(archive);
}

function scanDefinition(tally: Tally, entry: Entry): void {
  const plain = openPlain(tallySink(tally));
  push(plain, definitionOf(entry), true);
  if (plain.mode !== 'between') throw new DumpError('corrupt', `${placeOf(entry)}: its definition does not end`);
}

async function scanData(tally: Tally, archive: Archive, entry: Entry): Promise<void> {
  const kind = await openBlock(archive, entry);
  if (kind === 'data') return scanRows(tally, archive, entry);
  while ((await nextLargeObject(archive)) !== undefined) {
    for await (const _ of dataOf(archive.reader, archive.head));
  }
}

async function scanRows(tally: Tally, { reader, head }: Archive, entry: Entry): Promise<void> {
  const plain = openPlain(tallySink(tally));
  if (entry.copy !== '') {
    tally.current = tableOf(tally, copiedTable(entry.copy) ?? { schema: entry.schema, table: entry.tag });
    plain.mode = 'rows';
  }
  for await (const chunk of dataOf(reader, head)) push(plain, chunk);
  push(plain, Buffer.alloc(0), true);
  if (plain.mode !== 'between') throw new DumpError('corrupt', `${placeOf(entry)}: its data do not end as they should`);
}
