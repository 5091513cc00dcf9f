/** Reads a dump to its end in one pass and says all that can be known of it without a database. */
import { compareBytes } from '../runtime/order.ts';
import type { Scan } from './dump.ts';
import { DumpError } from './dump-error.ts';
import { formatOf } from './format.ts';
import { type Frame, framed, refuseUnended } from './frame.ts';
import { counted, hashed, openSeal } from './hashed.ts';
import { openPlain, push } from './plain.ts';
import { scanArchive } from './scan-archive.ts';
import { lend } from './stored.ts';
import { type Known, openTally, type Tally, tallySink } from './tally.ts';
import { unpack } from './unpack.ts';

type Scanning = { tally: Tally; inside: { bytes: number }; known: Known };

/** Never throws for a bad dump, but for one that could not be read: an error of `bytes` is thrown as it is. */
export async function scanDump(bytes: AsyncIterable<Buffer>): Promise<Scan> {
  const seal = openSeal();
  const stored = hashed(bytes, seal);
  const known: Known = { format: 'unknown', compression: 'none' };
  const scanning: Scanning = { tally: openTally(), inside: { bytes: 0 }, known };
  const defect = await defectIn(scanning, lend(stored));
  // All that is stored is hashed, whatever is wrong with it.
  for await (const _ of stored);
  const { tables, largeObjects, psqlCommands } = scanning.tally;
  return {
    ...known,
    bytes: { stored: seal.bytes, inside: scanning.inside.bytes },
    sha256: seal.hash.digest('hex'),
    tables: [...tables.values()].sort((a, b) => compareBytes(a.schema, b.schema) || compareBytes(a.table, b.table)),
    largeObjects,
    psqlCommands,
    ...(defect && { defect }),
  };
}

async function defectIn(scanning: Scanning, stored: AsyncGenerator<Buffer>): Promise<Scan['defect']> {
  try {
    await scanAll(scanning, stored);
    return undefined;
  } catch (error) {
    if (error instanceof DumpError) return error.defect;
    throw error;
  }
}

async function scanAll(scanning: Scanning, stored: AsyncGenerator<Buffer>): Promise<void> {
  const { known, inside } = scanning;
  const unpacked = await unpack(stored, 'scan');
  known.compression = unpacked.compression;
  const { format, chunks } = await formatOf(counted(unpacked.inside(), inside));
  known.format = format;
  await (format === 'custom' ? scanArchive(scanning, chunks) : scanPlain(scanning, chunks));
}

async function scanPlain({ tally, known }: Scanning, chunks: AsyncIterable<Buffer>): Promise<void> {
  const frame: Frame = { isComplete: false };
  const plain = openPlain(framed(frame, tallySink(tally)));
  try {
    for await (const chunk of chunks) push(plain, chunk);
    push(plain, Buffer.alloc(0), true);
  } finally {
    if (frame.serverVersion) known.serverVersion = frame.serverVersion;
    if (frame.pgDumpVersion) known.pgDumpVersion = frame.pgDumpVersion;
  }
  refuseUnended(plain, frame, tally.current && `${tally.current.schema}.${tally.current.table}`);
}
