/** Quarantine in a bucket that keeps no versions: a copy under another prefix, compared before the original goes. */
import { ARCHIVES, type Head } from '../object-store/head.ts';
import { RefusalError } from '../runtime/errors.ts';
import { type Bucket, copyIf, putProbe, removeIf } from './bucket.ts';
import { isSameSecond } from './decide-versions.ts';
import { heedsConditions, ignores, mustReturn, OF_NOTHING, PROBE_NAME } from './probe.ts';
import type { Outgone, Place, Quarantine, Returned } from './quarantine.ts';
import type { Item } from './taken.ts';

export function openCopies(bucket: Bucket, prefix: string): Quarantine {
  const copyOf = ({ key }: Pick<Item, 'key'>) => `${prefix}${key}`;
  return {
    // A look, the copy, a look at it, one more at the original, its removal, and the look afterwards.
    requestsPerBlob: 6,
    whyNot: whyUncopiable,
    probe: () => probe(bucket, copyOf),
    find: (item) => find(bucket, item, copyOf(item)),
    take: (item) => take(bucket, item, copyOf(item)),
    bringBack: (item) => bringBack(bucket, item, copyOf(item)),
  };
}

/** What one CopyObject can copy: 5 GiB. */
const MOST_BYTES = 5 * 1024 ** 3;

export function whyUncopiable({ version: { bytes }, storageClass }: Head): string | undefined {
  if (ARCHIVES.has(storageClass)) return `it is archived (${storageClass}), and cannot be copied`;
  return bytes > MOST_BYTES ? 'it is larger than 5 GiB, and cannot be copied at once' : undefined;
}

async function headOf({ objects, pace }: Bucket, key: string): Promise<Head | undefined> {
  await pace();
  return objects.head(key);
}

async function find(bucket: Bucket, item: Item, copy: string): Promise<Place> {
  if (await headOf(bucket, item.key)) return { kind: 'there' };
  return isAlike(item, await headOf(bucket, copy)) ? { kind: 'waiting', isOther: false } : { kind: 'gone' };
}

/** The copy stays for the lifecycle rule. */
const NOT_COMPARABLE = 'its copy has neither its ETag nor a checksum in common with it, as after an upload in parts';
const REPLACED = 'it was replaced since it was looked at';

/**
 * The original goes last, and only while it is what was copied. The same bytes uploaded once more have the same ETag, so its time is
 * looked at right before. An upload of them in the very moment after that is not seen; they are the bytes that were copied, and come back when a
 * row names them. Removing may be asked for twice, where an answer was lost; that it is gone afterwards and its copy there is what counts.
 */
async function take(bucket: Bucket, item: Item, copy: string): Promise<Outgone> {
  const isCopied = await copyIf(bucket, { from: item.key, to: copy, etag: item.etag });
  if (!isCopied) return { kind: 'kept', why: REPLACED };
  if (!isAlike(item, await headOf(bucket, copy))) return { kind: 'kept', why: NOT_COMPARABLE };
  if (!isUntouched(item, await headOf(bucket, item.key))) return { kind: 'kept', why: REPLACED };
  await removeIf(bucket, item.key, item.etag);
  const left = await headOf(bucket, item.key);
  return left ? { kind: 'kept', why: 'it was uploaded again at that moment' } : { kind: 'taken' };
}

function isUntouched({ etag, lastModified }: Item, head: Head | undefined): boolean {
  return head?.version.etag === etag && isSameSecond(head.lastModified, lastModified);
}

type Bytes = Pick<Item, 'etag' | 'bytes' | 'checksums'>;

/** A copy may have another ETag, as that of an upload in parts; then a checksum of the whole must tell. */
function isAlike({ etag, bytes, checksums = {} }: Bytes, other: Head | undefined): boolean {
  const isSameSum = Object.entries(checksums).some(([name, sum]) => other?.checksums[name] === sum);
  return other?.version.bytes === bytes && (other.version.etag === etag || isSameSum);
}

/** What comes back is held against what was taken, before it is put in its place and afterwards. */
async function bringBack(bucket: Bucket, item: Item, copy: string): Promise<Returned> {
  const { key } = item;
  if (await headOf(bucket, key)) return 'was there';
  const waiting = await headOf(bucket, copy);
  if (waiting === undefined) return 'gone';
  if (!isAlike(item, waiting)) throw new RefusalError(`${copy} is not what was taken from ${key}: see what wrote it.`);
  // A copy's own ETag: that of an upload in parts is another than the original had.
  const isBack = await copyIf(bucket, { from: copy, to: key, etag: waiting.version.etag, onlyIfAbsent: true });
  const head = await headOf(bucket, key);
  if (!isBack) return head ? 'was there' : 'gone';
  if (isAlike(item, head)) return 'back';
  throw new RefusalError(`${key} was copied back, and has neither ETag nor checksum in common with what was taken.`);
}

async function probe(bucket: Bucket, copyOf: (item: { key: string }) => string): Promise<void> {
  const key = `${bucket.prefix}${PROBE_NAME}`;
  const copy = copyOf({ key });
  const { etag } = await putProbe(bucket, key);
  await heedsConditions(bucket, { key, etag });
  if (await copyIf(bucket, { from: key, to: copy, etag: OF_NOTHING })) throw ignores(bucket, 'copies', ONLY_THAT);
  const item = itemOf(key, await headOf(bucket, key));
  const taken = await take(bucket, item, copy);
  if (taken.kind !== 'taken') throw mustReturn(bucket, `could not be put away: ${taken.why}`);
  if ((await bringBack(bucket, item, copy)) !== 'back') throw mustReturn(bucket, 'could not be brought back');
  const waiting = itemOf(copy, await headOf(bucket, copy));
  if (await copyIf(bucket, { from: copy, to: key, etag: waiting.etag, onlyIfAbsent: true }))
    throw ignores(bucket, 'copies', ONLY_WHERE_NONE);
  await removeIf(bucket, key, itemOf(key, await headOf(bucket, key)).etag);
}

const ONLY_THAT = 'x-amz-copy-source-if-match';
const ONLY_WHERE_NONE = 'If-None-Match';

function itemOf(key: string, head: Head | undefined): Item {
  if (head === undefined) throw new RefusalError(`The probe ${key} was put, and is not there.`);
  const { version, lastModified, checksums } = head;
  const at = new Date(lastModified).toISOString();
  return { ...version, key, hash: '', kind: 'no row', markedAt: at, lastModified: at, checksums };
}
