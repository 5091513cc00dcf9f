/** The `.sha256` that may lie beside a backup, as sha256sum writes it (`<hex>  name`), or the bare digits. */
import type { Objects } from '../../object-store/object-store.ts';
import { readSmall } from './stores.ts';

/** Endings of files that lie beside a backup, and are none. */
export const SIDECARS = ['.sha256', '.sha256sum', '.md5', '.sig', '.asc'];

const MOST_BYTES = 64 * 1024;

/** Undefined where there is none; `unusable` says why it says nothing of this backup. */
export type Checksum = { sha256: string } | { unusable: string } | undefined;

export async function readChecksum(objects: Objects, key: string): Promise<Checksum> {
  const text = await readSmall(objects, `${key}.sha256`, MOST_BYTES);
  return text === undefined ? undefined : checksumIn(text.toString('utf8'), key);
}

/** GNU's and BSD's ways of writing it. */
const LINES = [/^\\?([0-9a-fA-F]{64})(?:\s+\*?(.+))?$/, /^SHA256 \((?<name>.+)\) = (?<sum>[0-9a-fA-F]{64})$/];

function checksumIn(text: string, key: string): Checksum {
  const name = key.slice(key.lastIndexOf('/') + 1);
  const lines = text
    .split('\n')
    .flatMap((line) => LINES.map((form) => form.exec(line.trim())).filter((match) => match !== null));
  const sums = lines.map(({ 1: sum = '', 2: of, groups }) => ({ sum: groups?.sum ?? sum, of: groups?.name ?? of }));
  if (sums.length === 0) return { unusable: 'it holds no SHA-256' };
  const own = sums.find(({ of }) => of === undefined || of.slice(of.lastIndexOf('/') + 1) === name);
  return own === undefined ? { unusable: `it holds none of ${name}` } : { sha256: own.sum.toLowerCase() };
}
