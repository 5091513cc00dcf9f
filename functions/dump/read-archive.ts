/** The items of a custom-format archive. Owners are not set: whoever restores a copy owns it. */
import { type Archive, closeArchive, definitionOf, nextLargeObject, openArchive, openBlock } from './archive.ts';
import { dataOf, passData } from './blocks.ts';
import { type Entry, placeOf } from './contents.ts';
import type { DumpItem } from './dump.ts';
import { DumpError } from './dump-error.ts';
import { type Event, eventSink, type Origin } from './events.ts';
import { copiedTable } from './heads.ts';
import { itemsOf } from './items.ts';
import { openPlain, push } from './plain.ts';
import { restorable, sessionSettings } from './restorable.ts';
import { lend } from './stored.ts';

/** `skip`: entries that a session before this one has carried out; their data are passed over, still compressed. */
type Reading = Archive & { skip: ReadonlySet<number> };

/** @throws DumpError at what cannot be read, and where data are missing */
export async function* readArchive(bytes: AsyncIterable<Buffer>, skip: ReadonlySet<number>): AsyncGenerator<DumpItem> {
  const reading = { ...(await openArchive(bytes)), skip };
  const { contents } = reading;
  yield* itemsIn(Buffer.from(sessionSettings(contents)), { place: () => 'the archive’s own settings' });
  for (const entry of restorable(contents)) {
    if (!skip.has(entry.id)) yield* itemsIn(definitionOf(entry), { place: () => placeOf(entry), entry: entry.id });
    if (entry.hasData) yield* dataItems(reading, entry);
  }
  await closeArchive(reading);
}

async function* itemsIn(sql: Buffer, origin: Origin): AsyncGenerator<DumpItem> {
  const events: Event[] = [];
  const plain = openPlain(eventSink(events, origin));
  push(plain, sql, true);
  if (plain.mode !== 'between') throw new DumpError('corrupt', `${origin.place(0)}: its definition does not end`);
  for (const event of events) if (event.kind === 'statements' || event.kind === 'psql command') yield event;
}

async function* dataItems(reading: Reading, entry: Entry): AsyncGenerator<DumpItem> {
  const { reader, head, skip } = reading;
  if ((await openBlock(reading, entry)) === 'large objects') yield* largeObjects(reading, entry);
  else if (skip.has(entry.id)) await passData(reader, head);
  else yield* itemsOf(dataEvents(dataOf(reader, head), entry));
}

async function* dataEvents(data: AsyncIterable<Buffer>, entry: Entry): AsyncGenerator<Event> {
  const events: Event[] = [];
  const origin = { place: (at: number) => `${placeOf(entry)}, byte ${at}`, entry: entry.id };
  const plain = openPlain(eventSink(events, origin));
  if (entry.copy !== '') {
    yield {
      kind: 'copy',
      table: copiedTable(entry.copy) ?? { schema: entry.schema, table: entry.tag },
      sql: entry.copy.trimEnd(),
      at: placeOf(entry),
      entry: entry.id,
    };
    plain.mode = 'rows';
  }
  for await (const chunk of data) {
    push(plain, chunk);
    yield* events.splice(0);
  }
  push(plain, Buffer.alloc(0), true);
  yield* events.splice(0);
  if (plain.mode !== 'between') throw new DumpError('corrupt', `${placeOf(entry)}: its data do not end as they should`);
}

async function* largeObjects(reading: Reading, entry: Entry): AsyncGenerator<DumpItem> {
  const { reader, head, skip } = reading;
  for (let oid = await nextLargeObject(reading); oid !== undefined; oid = await nextLargeObject(reading)) {
    if (skip.has(entry.id)) await passData(reader, head);
    else {
      const data = dataOf(reader, head);
      yield { kind: 'large object', oid: String(oid), at: placeOf(entry), entry: entry.id, data: lend(data) };
      // What was not read of it stands before the next.
      for await (const _ of data);
    }
  }
}
