/** Whether two objects hold the same bytes: by what their stores know of them, else by reading both. */
import { createHash } from 'node:crypto';
import { ARCHIVES, type Head } from '../../object-store/head.ts';
import type { Objects } from '../../object-store/object-store.ts';

/** Larger ones are not read for a comparison; their size and their time have been compared. */
const MOST_BYTES = 64 * 2 ** 20;

export type Compared = { key: string; result: 'same' | 'different' | 'gone' | 'not comparable' };

type Two = { copies: Objects; originals: Objects };
type Keys = { copy: { key: string }; original: { key: string } };

/** @throws RefusalError when either cannot be read */
export async function compareSample<Pair extends Keys & { key: string }>(pairs: Pair[], two: Two): Promise<Compared[]> {
  const compared: Compared[] = [];
  // One after the other: there are few, and some are read whole.
  for (const pair of pairs) compared.push({ key: pair.key, result: await compareOne(pair, two) });
  return compared;
}

async function compareOne({ copy, original }: Keys, { copies, originals }: Two): Promise<Compared['result']> {
  const [a, b] = [await copies.head(copy.key), await originals.head(original.key)];
  if (a === undefined || b === undefined) return 'gone';
  if (a.version.bytes !== b.version.bytes) return 'different';
  const told = byChecksums(a, b) ?? byEtags(a, b);
  if (told !== undefined) return told ? 'same' : 'different';
  if (a.version.bytes > MOST_BYTES || [a, b].some(({ storageClass }) => ARCHIVES.has(storageClass)))
    return 'not comparable';
  const [own, other] = [await hashOf(copies, a), await hashOf(originals, b)];
  return own === other ? 'same' : 'different';
}

/** Undefined where they have none of one kind. */
function byChecksums(a: Head, b: Head): boolean | undefined {
  const kind = Object.keys(a.checksums).find((name) => b.checksums[name] !== undefined);
  return kind === undefined ? undefined : a.checksums[kind] === b.checksums[kind];
}

/** Equal ETags of parts may be of equal parts only; of anything else than MD5 they say nothing. */
function byEtags(a: Head, b: Head): boolean | undefined {
  return a.isEtagMd5 && b.isEtagMd5 ? a.version.etag === b.version.etag : undefined;
}

async function hashOf(objects: Objects, { key, version }: Head): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of objects.read(key, version)) hash.update(chunk);
  return hash.digest('hex');
}
