/** Requests that change something in the blobs' bucket: each is bound to one state of one object, and none erases a blob. */
import {
  CopyObjectCommand,
  DeleteObjectCommand,
  ListObjectVersionsCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { Objects } from '../object-store/object-store.ts';
import { refusalOf, statusOf } from '../object-store/refusal.ts';
import { RefusalError } from '../runtime/errors.ts';
import type { KeyVersions } from './decide-versions.ts';
import type { Pace } from './pace.ts';

export type Bucket = {
  client: S3Client;
  objects: Objects;
  bucket: string;
  /** Awaited before each request. */
  pace: Pace;
  /** Of the blobs; the probe is put there, too. */
  prefix: string;
};

/** `null` in letters is S3's own name for a version without a name; such a marker has destroyed what it should hide. */
export const UNNAMED = 'null';

/** What was asked for does not hold any more: another ETag, no object, or somebody writes it at this moment. */
const NO_MATCH = new Set([404, 409, 412]);

/**
 * Removes the object from its place, only where it has this ETag: a versioned bucket then puts a delete marker.
 * @returns undefined where it had another one, or was not there
 */
export async function removeIf({ client, bucket, pace }: Bucket, key: string, etag: string) {
  await pace();
  try {
    const answer = await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key, IfMatch: etag }));
    return { marker: answer.DeleteMarker === true ? answer.VersionId : undefined };
  } catch (error) {
    if (NO_MATCH.has(statusOf(error) ?? 0)) return undefined;
    throw refusalOf(error, { bucket, key, doing: 'be taken away', needs: 's3:DeleteObject on the blobs’ prefix' });
  }
}

/** Only ever called with the version of a delete marker: with another one it would erase for good. */
export async function removeMarker({ client, bucket, pace }: Bucket, key: string, marker: string): Promise<void> {
  await pace();
  try {
    await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key, VersionId: marker }));
  } catch (error) {
    const needs = 's3:DeleteObjectVersion on the blobs’ prefix';
    throw refusalOf(error, { bucket, key, doing: 'be brought back', needs });
  }
}

/** The versions of one key. More than a thousand are not looked at: the newest is among the first. */
export async function versionsOf({ client, bucket, pace }: Bucket, key: string): Promise<KeyVersions> {
  await pace();
  try {
    const answer = await client.send(
      new ListObjectVersionsCommand({ Bucket: bucket, Prefix: key, EncodingType: 'url' }),
    );
    const isOwn = ({ Key = '' }) =>
      (answer.EncodingType === 'url' ? decodeURIComponent(Key.replaceAll('+', ' ')) : Key) === key;
    const marker = answer.DeleteMarkers?.filter(isOwn).find(({ IsLatest }) => IsLatest);
    return {
      hiddenBy: marker?.VersionId,
      versions: (answer.Versions ?? []).filter(isOwn).map(({ VersionId = UNNAMED, ETag = '', LastModified }) => ({
        id: VersionId,
        etag: ETag,
        lastModified: LastModified?.getTime() ?? Number.NaN,
      })),
    };
  } catch (error) {
    throw refusalOf(error, { bucket, key, doing: 'be looked at', needs: 's3:ListBucketVersions on the bucket' });
  }
}

type Copying = { from: string; to: string; etag: string; onlyIfAbsent?: boolean };

/** @returns false where the source has another ETag or is gone, or where there is an object already */
export async function copyIf(
  { client, bucket, pace }: Bucket,
  { from, to, etag, onlyIfAbsent = false }: Copying,
): Promise<boolean> {
  await pace();
  const source = `${bucket}/${from.split('/').map(encodeURIComponent).join('/')}`;
  const condition = onlyIfAbsent ? ({ IfNoneMatch: '*' } as const) : {};
  try {
    await client.send(
      new CopyObjectCommand({ Bucket: bucket, Key: to, CopySource: source, CopySourceIfMatch: etag, ...condition }),
    );
    return true;
  } catch (error) {
    if (NO_MATCH.has(statusOf(error) ?? 0)) return false;
    const needs = 's3:GetObject and s3:PutObject on both prefixes; more than 5 GB cannot be copied at once';
    throw refusalOf(error, { bucket, key: from, doing: 'be copied', needs });
  }
}

/** Puts a small object of our own. @returns its ETag and version */
export async function putProbe({ client, bucket, pace }: Bucket, key: string) {
  await pace();
  try {
    const answer = await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: PROBE }));
    if (answer.ETag === undefined) throw new RefusalError(`The bucket ${bucket} gave the probe ${key} no ETag.`);
    return { etag: answer.ETag, version: answer.VersionId };
  } catch (error) {
    throw refusalOf(error, { bucket, key, doing: 'be put', needs: 's3:PutObject on the blobs’ prefix' });
  }
}

const PROBE = 'Nightshift tries whether what it quarantines can be brought back. This object may be removed.\n';
