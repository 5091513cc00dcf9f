/** What is known of one object without reading it; “absent” is told from “forbidden”. */
import { HeadObjectCommand, type HeadObjectCommandOutput, type S3Client } from '@aws-sdk/client-s3';
import { RefusalError } from '../runtime/errors.ts';
import { nameOf, refusalOf, statusOf } from './refusal.ts';

/** One state of an object, for ever: the same bytes, or an error. `versionId` where the bucket keeps versions. */
export type Version = { etag: string; bytes: number; versionId?: string };

export type Head = {
  key: string;
  version: Version;
  /** Milliseconds since 1970, of the store's clock. */
  lastModified: number;
  storageClass: string;
  /** `etag` is the MD5 of the content: it was uploaded in one part, and not encrypted with a customer key. */
  isEtagMd5: boolean;
  /** Of the whole object, by algorithm, in base64; empty where the store keeps none. */
  checksums: Record<string, string>;
};

/** Classes that nothing can be read or copied from before somebody has had it restored, which takes hours. */
export const ARCHIVES: ReadonlySet<string> = new Set(['GLACIER', 'DEEP_ARCHIVE']);

type Place = { bucket: string; key: string };

const NEEDS =
  's3:GetObject on the object (s3:GetObjectVersion where versions are kept), s3:ListBucket on the bucket so that absent is not forbidden, and kms:Decrypt on its key';

/** Undefined where there is no such object. @throws RefusalError where that cannot be known */
export async function headObject(client: S3Client, place: Place): Promise<Head | undefined> {
  const { bucket, key } = place;
  try {
    const head = new HeadObjectCommand({ Bucket: bucket, Key: key, ChecksumMode: 'ENABLED' });
    return headOf(place, await client.send(head));
  } catch (error) {
    // A missing bucket answers HEAD with 404 as well, but it was listed before anybody asks for its objects.
    if (statusOf(error) === 404 || nameOf(error) === 'NotFound') return undefined;
    throw refusalOf(error, { bucket, key, doing: 'be looked at', needs: NEEDS });
  }
}

function headOf({ bucket, key }: Place, answer: HeadObjectCommandOutput): Head {
  const { ETag, ContentLength, LastModified, VersionId } = answer;
  if (ETag === undefined || ContentLength === undefined || LastModified === undefined) {
    throw new RefusalError(`${key} in the bucket ${bucket} was told without ETag, size or time.`);
  }
  // `null` is a version that the next upload replaces; only its ETag tells one from the other.
  const pinned = VersionId === undefined || VersionId === 'null' ? {} : { versionId: VersionId };
  return {
    key,
    version: { etag: ETag, bytes: ContentLength, ...pinned },
    lastModified: LastModified.getTime(),
    storageClass: answer.StorageClass ?? 'STANDARD',
    isEtagMd5: /^"?[0-9a-f]{32}"?$/.test(ETag) && !(answer.ServerSideEncryption ?? '').startsWith('aws:kms'),
    checksums: checksumsOf(answer),
  };
}

/** Checksums of parts say as much of the parts' sizes as of the content. */
function checksumsOf(answer: HeadObjectCommandOutput): Record<string, string> {
  if (answer.ChecksumType !== undefined && answer.ChecksumType !== 'FULL_OBJECT') return {};
  const all = {
    SHA256: answer.ChecksumSHA256,
    CRC64NVME: answer.ChecksumCRC64NVME,
    SHA1: answer.ChecksumSHA1,
    CRC32C: answer.ChecksumCRC32C,
    CRC32: answer.ChecksumCRC32,
  };
  // Before there were types, a checksum of parts was told by its end, as in `…==-3`.
  return Object.fromEntries(Object.entries(all).filter(([, sum]) => sum !== undefined && !sum.includes('-'))) as Record<
    string,
    string
  >;
}
