/** Told apart by how a dump begins. */
import { MAGIC } from './archive-head.ts';
import { DumpError } from './dump-error.ts';
import { BEGINNING_WITHIN_BYTES, refuseOthers } from './frame.ts';
import { openStored } from './stored.ts';

export type Formatted = { format: 'plain' | 'custom'; chunks: AsyncGenerator<Buffer> };

/** @throws DumpError when it is neither */
export async function formatOf(inside: AsyncIterable<Buffer>): Promise<Formatted> {
  const { first, chunks } = await openStored(inside, BEGINNING_WITHIN_BYTES);
  if (first.length === 0) throw new DumpError('empty', 'there is nothing in its compressed data');
  if (first.toString('latin1', 0, MAGIC.length) === MAGIC) return { format: 'custom', chunks };
  refuseTar(first);
  refuseOthers(first);
  return { format: 'plain', chunks };
}

/** pg_dump's other archive, which begins with the file of its table of contents. */
function refuseTar(first: Buffer): void {
  const isTar = first.toString('latin1', 257, 262) === 'ustar';
  if (!isTar) return;
  throw new DumpError('unsupported', 'it is a tar archive; make it with pg_dump --format=custom or --format=plain');
}
