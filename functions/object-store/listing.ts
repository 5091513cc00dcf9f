/** What is in a bucket, a page at a time: memory does not grow with it. */
import {
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandOutput,
  type ObjectVersion,
  paginateListObjectsV2,
  type S3Client,
  type _Object as S3Object,
} from '@aws-sdk/client-s3';
import { RefusalError } from '../runtime/errors.ts';
import { refusalOf } from './refusal.ts';

/** Times are milliseconds since 1970, of the store's clock. `etag` is with its quotes. */
export type Listed = { key: string; bytes: number; etag: string; lastModified: number; storageClass: string };

type Under = { bucket: string; prefix: string };

/** Pages of what is under a prefix, in the store's order. @throws RefusalError; never ends early without one (F57) */
export async function* listObjects(
  client: S3Client,
  { bucket, prefix, after }: Under & { after: string },
): AsyncGenerator<Listed[]> {
  try {
    const begin = after === '' ? {} : { StartAfter: after };
    const question = { Bucket: bucket, Prefix: prefix, EncodingType: 'url', ...begin } as const;
    for await (const page of paginateListObjectsV2({ client }, question)) {
      yield (page.Contents ?? []).map((object) => listedOf(object, page.EncodingType));
    }
  } catch (error) {
    throw refusalOf(error, { bucket, key: prefix, doing: 'be listed', needs: 's3:ListBucket on the bucket' });
  }
}

/** The versions of one key, newest first; delete markers are none. */
export async function listVersions(client: S3Client, { bucket, key }: { bucket: string; key: string }) {
  const versions: Listed[] = [];
  try {
    for await (const page of versionPages(client, { bucket, prefix: key })) {
      const own = (page.Versions ?? []).map((version) => listedOf(version, page.EncodingType));
      versions.push(...own.filter((version) => version.key === key));
    }
    return versions;
  } catch (error) {
    throw refusalOf(error, { bucket, key, doing: 'be listed', needs: 's3:ListBucketVersions on the bucket' });
  }
}

/** The SDK has no paginator for these. */
async function* versionPages(client: S3Client, { bucket, prefix }: Under) {
  let next: { KeyMarker?: string; VersionIdMarker?: string } | undefined = {};
  while (next !== undefined) {
    const question = { Bucket: bucket, Prefix: prefix, EncodingType: 'url', ...next } as const;
    const page: ListObjectVersionsCommandOutput = await client.send(new ListObjectVersionsCommand(question));
    yield page;
    next = page.IsTruncated === true ? markersOf(page) : undefined;
  }
}

function markersOf({ NextKeyMarker, NextVersionIdMarker, EncodingType }: ListObjectVersionsCommandOutput) {
  if (NextKeyMarker === undefined) throw new Error('a page of versions that is not the last names no next one');
  const KeyMarker = decode(NextKeyMarker, EncodingType);
  return { KeyMarker, ...(NextVersionIdMarker !== undefined && { VersionIdMarker: NextVersionIdMarker }) };
}

function listedOf(
  { Key, Size, ETag, LastModified, StorageClass }: S3Object | ObjectVersion,
  encoding?: string,
): Listed {
  if (Key === undefined || Size === undefined || LastModified === undefined) {
    throw new RefusalError(`A listing has an entry without key, size or time: ${JSON.stringify(Key ?? 'no key')}.`);
  }
  const common = { bytes: Size, etag: ETag ?? '', lastModified: LastModified.getTime() };
  return { key: decode(Key, encoding), ...common, storageClass: StorageClass ?? 'STANDARD' };
}

/** Keys may hold what XML cannot, so they are asked for encoded; a store that does not know how says so by not saying it did. */
function decode(key: string, encoding: string | undefined): string {
  return encoding === 'url' ? decodeURIComponent(key.replaceAll('+', ' ')) : key;
}
