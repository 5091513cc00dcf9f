/** Quarantine in a bucket that keeps versions: a delete marker hides the object, and removing that marker brings it back. */
import { RefusalError } from '../runtime/errors.ts';
import { type Bucket, putProbe, removeIf, removeMarker, UNNAMED, versionsOf } from './bucket.ts';
import { whereaboutsOf } from './decide-versions.ts';
import { heedsConditions, mustReturn, PROBE_NAME } from './probe.ts';
import type { Outgone, Place, Quarantine, Returned } from './quarantine.ts';
import type { Item } from './taken.ts';

export function openMarkers(bucket: Bucket): Quarantine {
  return {
    // A look, a delete marker, and the versions afterwards.
    requestsPerBlob: 3,
    whyNot: () => undefined,
    probe: () => probe(bucket),
    find: (item) => find(bucket, item),
    take: (item) => take(bucket, item),
    bringBack: (item, marker) => bringBack(bucket, item, marker),
  };
}

async function find(bucket: Bucket, item: Item): Promise<Place> {
  const found = whereaboutsOf(await versionsOf(bucket, item.key), item);
  return found.kind === 'hidden' ? { ...found, kind: 'waiting' } : found;
}

/**
 * What the versions say afterwards decides, not the answer: it may have been lost, and the same bytes uploaded again in between have the
 * same ETag. Such an upload means that somebody wants the blob, so it is not left hidden.
 */
async function take(bucket: Bucket, item: Item): Promise<Outgone> {
  const removed = await removeIf(bucket, item.key, item.etag);
  mustHide(item.key, removed?.marker, removed !== undefined);
  const found = await find(bucket, item);
  if (found.kind === 'gone') return { kind: 'kept', why: 'it was gone already' };
  if (found.kind === 'there') return { kind: 'kept', why: 'it was uploaded again since it was looked at' };
  const marker = found.marker ?? '';
  if (!found.isOther) return { kind: 'taken', marker };
  // Even if the marker is somebody else's: at worst, an orphan more is there until the next marking.
  await removeMarker(bucket, item.key, marker);
  return { kind: 'kept', why: 'it was uploaded again at that moment' };
}

function mustHide(key: string, marker: string | undefined, isRemoved: boolean): void {
  if (!isRemoved || (marker !== undefined && marker !== UNNAMED)) return;
  throw new RefusalError(
    `The bucket kept no version of ${key} when it was taken away: versioning is off or suspended. Switch it on again before anything else.`,
  );
}

async function bringBack(bucket: Bucket, item: Item, marker: string | undefined): Promise<Returned> {
  const found = await find(bucket, item);
  if (found.kind === 'gone') return 'gone';
  if (found.kind === 'there') return 'was there';
  if (marker !== undefined && found.marker !== marker) return 'not ours';
  await removeMarker(bucket, item.key, found.marker ?? '');
  return (await find(bucket, item)).kind === 'there' ? 'back' : 'gone';
}

async function probe(bucket: Bucket): Promise<void> {
  const key = `${bucket.prefix}${PROBE_NAME}`;
  const { etag, version } = await putProbe(bucket, key);
  if (version === undefined || version === UNNAMED) {
    throw new RefusalError(
      `The bucket ${bucket.bucket} keeps no versions, so a delete marker would destroy what it hides. Switch versioning on, or set quarantine to a prefix.`,
    );
  }
  await heedsConditions(bucket, { key, etag });
  const removed = await removeIf(bucket, key, etag);
  const hidden = await versionsOf(bucket, key);
  const { marker } = removed ?? {};
  if (marker === undefined || hidden.hiddenBy !== marker || hidden.versions[0]?.id !== version)
    throw mustReturn(bucket, 'did not stay under its delete marker');
  await removeMarker(bucket, key, marker);
  await bucket.pace();
  const head = await bucket.objects.head(key);
  if (head?.version.etag !== etag) throw mustReturn(bucket, 'did not come back when its delete marker was removed');
  await removeIf(bucket, key, etag);
}
