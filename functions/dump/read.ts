/** Reads a dump to be restored, in whichever format it was written. */
import type { DumpItem } from './dump.ts';
import { formatOf } from './format.ts';
import { readArchive } from './read-archive.ts';
import { readPlain } from './read-plain.ts';
import { unpack } from './unpack.ts';

/** `skip`: entries of an archive that a session before this one has carried out. A plain dump has none. */
export type Resuming = { skip: ReadonlySet<number> };

/** @throws DumpError at what cannot be read; what came before it is in order, and is not all */
export async function* readDump(
  bytes: AsyncIterable<Buffer>,
  { skip }: Resuming = { skip: new Set() },
): AsyncGenerator<DumpItem> {
  const { inside } = await unpack(bytes, 'restore');
  const { format, chunks } = await formatOf(inside());
  yield* format === 'custom' ? readArchive(chunks, skip) : readPlain(chunks);
}
