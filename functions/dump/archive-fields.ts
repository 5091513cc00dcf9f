/** The numbers and texts of an archive, as pg_dump’s WriteInt, WriteStr and WriteOffset write them (pg_backup_archiver.c). */
import { type ByteReader, take } from './byte-reader.ts';
import { DumpError } from './dump-error.ts';

/** How many bytes a number takes on the machine that made the archive. */
export type Sizes = { intSize: number; offsetSize: number };

export async function readByte(reader: ByteReader): Promise<number> {
  return (await take(reader, 1))[0] as number;
}

/** A byte of sign, then the bytes of the number, lowest first. */
export async function readInt(reader: ByteReader, { intSize }: Sizes): Promise<number> {
  const bytes = await take(reader, intSize + 1);
  return intIn(bytes, 0, intSize) ?? refuse(reader, 'a number that is none');
}

/** Undefined: no number stands there. */
export function intIn(bytes: Buffer, at: number, intSize: number): number | undefined {
  const sign = bytes[at] as number;
  const low = bytes.readUIntLE(at + 1, Math.min(intSize, 4));
  const isTooLarge = low > 0x7fff_ffff || bytes.subarray(at + 5, at + 1 + intSize).some((byte) => byte !== 0);
  if (sign > 1 || isTooLarge) return undefined;
  return sign === 1 ? -low : low;
}

/** Undefined where there is none, which is written as a length of -1. */
export async function readText(reader: ByteReader, sizes: Sizes): Promise<string | undefined> {
  const length = await readInt(reader, sizes);
  return length < 0 ? undefined : (await take(reader, length)).toString();
}

/** Where an entry’s data begin; only whether it has any matters to who reads from front to back. */
export async function readHasData(reader: ByteReader, { offsetSize }: Sizes): Promise<boolean> {
  // K_OFFSET_POS_NOT_SET, K_OFFSET_POS_SET and K_OFFSET_NO_DATA (pg_backup_archiver.h).
  const state = await readByte(reader);
  await take(reader, offsetSize);
  if (state < 1 || state > 3) return refuse(reader, `a state of data of ${state}`);
  return state !== 3;
}

export function refuse(reader: ByteReader, what: string): never {
  throw new DumpError('corrupt', `byte ${reader.at}: ${what}`);
}
