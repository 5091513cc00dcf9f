/** The table of contents of a custom-format archive, as pg_dump’s WriteToc writes it (pg_backup_archiver.c). */
import { readHasData, readInt, readText, refuse } from './archive-fields.ts';
import { type ArchiveHead, HAS_ACCESS_METHODS, HAS_RELATION_KINDS } from './archive-head.ts';
import type { ByteReader } from './byte-reader.ts';

export type Entry = {
  /** pg_dump’s own number of it. */
  id: number;
  /** What it is, as in `TABLE DATA`, and of what. */
  description: string;
  tag: string;
  schema: string;
  /** SQL that makes it. */
  definition: string;
  /** SQL that its data are to be given to; none where they are SQL themselves. */
  copy: string;
  hasData: boolean;
};

const MOST_ENTRIES = 10_000_000;
/** SECTION_NONE to SECTION_POST_DATA of pg_backup.h. */
const SECTIONS = 4;

/** In the order in which pg_dump means them to be restored. */
export async function readContents(reader: ByteReader, head: ArchiveHead): Promise<Entry[]> {
  const count = await readInt(reader, head);
  if (count < 0 || count > MOST_ENTRIES) refuse(reader, `${count} entries`);
  const entries: Entry[] = [];
  const ids = new Set<number>();
  for (let index = 0; index < count; index += 1) {
    const entry = await readEntry(reader, head);
    if (ids.has(entry.id)) refuse(reader, `a second entry ${entry.id}`);
    ids.add(entry.id);
    entries.push(entry);
  }
  return entries;
}

async function readEntry(reader: ByteReader, head: ArchiveHead): Promise<Entry> {
  const id = await readInt(reader, head);
  const hadDumper = await readInt(reader, head);
  const texts = async (count: number) => {
    const read: (string | undefined)[] = [];
    for (let index = 0; index < count; index += 1) read.push(await readText(reader, head));
    return read;
  };
  const [catalogueId, objectId, tag = '', description = ''] = await texts(4);
  const section = await readInt(reader, head);
  const [definition = '', _drop, copy = '', schema = '', _tablespace] = await texts(5);
  if (head.version >= HAS_ACCESS_METHODS) await readText(reader, head);
  if (head.version >= HAS_RELATION_KINDS) await readInt(reader, head);
  const [_owner, withOids] = await texts(2);
  const isWhole =
    id > 0 &&
    [0, 1].includes(hadDumper) &&
    isNumber(catalogueId) &&
    isNumber(objectId) &&
    /^[A-Z ]+$/.test(description) &&
    section >= 1 &&
    section <= SECTIONS &&
    (withOids === 'false' || withOids === 'true');
  if (!isWhole) refuse(reader, `entry ${id} of the table of contents does not hold`);
  await passDependencies(reader, head);
  const hasData = await readHasData(reader, head);
  return { id, description, tag, schema, definition, copy, hasData };
}

const isNumber = (text: string | undefined) => text !== undefined && /^\d{1,10}$/.test(text);

/** The order of the entries is one in which every entry comes after what it depends on. */
async function passDependencies(reader: ByteReader, head: ArchiveHead): Promise<void> {
  for (let on = await readText(reader, head); on !== undefined; on = await readText(reader, head)) {
    if (!isNumber(on)) refuse(reader, 'a dependency that is no number');
  }
}

/** For a person. */
export function placeOf({ id, description, schema, tag }: Entry): string {
  return `entry ${id} (${[description, schema, tag].filter((part) => part !== '').join(' ')})`;
}
