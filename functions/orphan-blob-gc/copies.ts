/** Quarantine in a bucket that keeps no versions: a copy under another prefix, compared before the original goes. */
import type { Head } from '../object-store/head.ts';
import { RefusalError } from '../runtime/errors.ts';
import { type Bucket, copyIf, putProbe, removeIf } from './bucket.ts';
import { heedsConditions, mustReturn, PROBE_NAME } from './probe.ts';
import type { Outgone, Place, Quarantine, Returned } from './quarantine.ts';
import type { Item } from './taken.ts';

export function openCopies(bucket: Bucket, prefix: string): Quarantine {
  const copyOf = ({ key }: Pick<Item, 'key'>) => `${prefix}${key}`;
  return {
    probe: () => probe(bucket, copyOf),
    find: (item) => find(bucket, item, copyOf(item)),
    take: (item) => take(bucket, item, copyOf(item)),
    bringBack: (item) => bringBack(bucket, item, copyOf(item)),
  };
}

async function headOf({ objects, pace }: Bucket, key: string): Promise<Head | undefined> {
  await pace();
  return objects.head(key);
}

async function find(bucket: Bucket, { key }: Item, copy: string): Promise<Place> {
  if (await headOf(bucket, key)) return { kind: 'there' };
  return (await headOf(bucket, copy)) ? { kind: 'waiting', isOther: false } : { kind: 'gone' };
}

/** The copy stays for the lifecycle rule. */
const NOT_COMPARABLE = 'its copy has neither its ETag nor a checksum in common with it, as after an upload in parts';

/**
 * The original goes last, and only while it has the ETag of what was copied. Removing it may be asked for twice, where an answer was
 * lost; that it is gone afterwards and its copy there is what counts.
 */
async function take(bucket: Bucket, item: Item, copy: string): Promise<Outgone> {
  const original = await headOf(bucket, item.key);
  if (original === undefined) return { kind: 'kept', why: 'it was gone already' };
  const isCopied = await copyIf(bucket, { from: item.key, to: copy, etag: item.etag });
  if (!isCopied) return { kind: 'kept', why: 'it was replaced since it was looked at' };
  if (!isAlike(original, await headOf(bucket, copy))) return { kind: 'kept', why: NOT_COMPARABLE };
  await removeIf(bucket, item.key, item.etag);
  const left = await headOf(bucket, item.key);
  return left ? { kind: 'kept', why: 'it was uploaded again at that moment' } : { kind: 'taken' };
}

/** A copy may have another ETag, as that of an upload in parts; then a checksum of the whole must tell. */
function isAlike(original: Head, copy: Head | undefined): boolean {
  const isSameEtag = copy?.version.etag === original.version.etag;
  const isSameSum = Object.entries(original.checksums).some(([name, sum]) => copy?.checksums[name] === sum);
  return copy?.version.bytes === original.version.bytes && (isSameEtag || isSameSum);
}

async function bringBack(bucket: Bucket, { key }: Item, copy: string): Promise<Returned> {
  if (await headOf(bucket, key)) return 'was there';
  const waiting = await headOf(bucket, copy);
  if (waiting === undefined) return 'gone';
  // A copy's own ETag: that of an upload in parts is another than the original had.
  const isBack = await copyIf(bucket, { from: copy, to: key, etag: waiting.version.etag, onlyIfAbsent: true });
  const head = await headOf(bucket, key);
  if (!isBack) return head ? 'was there' : 'gone';
  if (isAlike(waiting, head)) return 'back';
  throw new RefusalError(
    `${key} was copied back, and has neither ETag nor checksum in common with its copy in quarantine.`,
  );
}

async function probe(bucket: Bucket, copyOf: (item: { key: string }) => string): Promise<void> {
  const key = `${bucket.prefix}${PROBE_NAME}`;
  const { etag } = await putProbe(bucket, key);
  await heedsConditions(bucket, { key, etag });
  const item = { key, etag } as Item;
  const taken = await take(bucket, item, copyOf(item));
  if (taken.kind !== 'taken') throw mustReturn(bucket, 'could not be put away');
  if ((await bringBack(bucket, item, copyOf(item))) !== 'back') throw mustReturn(bucket, 'could not be brought back');
  await removeIf(bucket, key, etag);
}
