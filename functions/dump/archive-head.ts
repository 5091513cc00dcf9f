/** The beginning of a custom-format archive, as pg_dump’s WriteHead writes it (pg_backup_archiver.c). */
import { readByte, readInt, readText, refuse, type Sizes } from './archive-fields.ts';
import { type ByteReader, take } from './byte-reader.ts';
import type { Compression } from './dump.ts';
import { DumpError } from './dump-error.ts';

/** The K_VERS constants of pg_backup_archiver.h: 1.12 came with PostgreSQL 9.0, 1.14 with 12, 1.15 with 16, 1.16 with 17. */
const [OLDEST, HAS_ACCESS_METHODS, NAMES_COMPRESSION, NEWEST] = [12, 14, 15, 16];
export const HAS_RELATION_KINDS = 16;
export { HAS_ACCESS_METHODS };

export const MAGIC = 'PGDMP';
/** archCustom of pg_backup.h. */
const CUSTOM = 1;
/** pg_compress_algorithm of common/compression.h. */
const ALGORITHMS: Compression[] = ['none', 'gzip', 'lz4', 'zstd'];

export type ArchiveHead = Sizes & {
  /** The minor number of the archive’s format. */
  version: number;
  compression: Compression;
  serverVersion?: string | undefined;
  pgDumpVersion?: string | undefined;
};

export async function readHead(reader: ByteReader): Promise<ArchiveHead> {
  await take(reader, MAGIC.length);
  const [major = 0, version = 0, , intSize = 0, offsetSize = 0, format = 0] = await take(reader, 6);
  if (major !== 1 || version < OLDEST || version > NEWEST) throw unknownVersion(`${major}.${version}`);
  if (intSize < 4 || intSize > 8 || offsetSize < 4 || offsetSize > 8 || format !== CUSTOM) {
    refuse(reader, `sizes of ${intSize} and ${offsetSize}, and a format of ${format}`);
  }
  const sizes = { intSize, offsetSize };
  const compression = await readCompression(reader, sizes, version);
  // When it was made, in seven numbers; and the name of the database.
  for (let part = 0; part < 7; part += 1) await readInt(reader, sizes);
  await readText(reader, sizes);
  const serverVersion = (await readText(reader, sizes))?.split(' ')[0];
  const pgDumpVersion = (await readText(reader, sizes))?.split(' ')[0];
  return { ...sizes, version, compression, serverVersion, pgDumpVersion };
}

async function readCompression(reader: ByteReader, sizes: Sizes, version: number): Promise<Compression> {
  // Before it had a name, there was a level, and only gzip.
  if (version < NAMES_COMPRESSION) return (await readInt(reader, sizes)) === 0 ? 'none' : 'gzip';
  const algorithm = await readByte(reader);
  return ALGORITHMS[algorithm] ?? refuse(reader, `a compression of ${algorithm}`);
}

function unknownVersion(version: string): DumpError {
  const known = `1.${OLDEST} to 1.${NEWEST} (pg_dump 9.0 to 18)`;
  return new DumpError('unsupported', `it is an archive of version ${version}, and ${known} are read here`);
}
