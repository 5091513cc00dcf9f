/** A bucket of one's own for the length of a test file. */
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectsCommand,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { s3, uniqueName } from './clients.ts';

const AT_ONCE = 20;

/** The new bucket's name. */
export async function makeBucket(options: { versioned: boolean }): Promise<string> {
  const Bucket = uniqueName();
  await s3.send(new CreateBucketCommand({ Bucket, ...(await location()) }));
  if (options.versioned) {
    await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
  }
  return Bucket;
}

/** Every version and delete marker first: a bucket that still holds one cannot be removed. */
export async function removeBucket(Bucket: string): Promise<void> {
  for (;;) {
    const page = await s3.send(new ListObjectVersionsCommand({ Bucket, EncodingType: 'url' }));
    const left = [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])];
    if (left.length === 0) break;
    const Objects = left.map(({ Key = '', VersionId }) => ({ Key: decodeKey(Key), VersionId }));
    const { Errors = [] } = await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
    if (Errors.length > 0) throw new Error(`cannot clear ${Bucket}: ${JSON.stringify(Errors[0])}`);
  }
  await s3.send(new DeleteBucketCommand({ Bucket }));
}

/** An object of one byte for each key, a few requests at a time. */
export async function putKeys(Bucket: string, keys: string[]): Promise<void> {
  for (let start = 0; start < keys.length; start += AT_ONCE) {
    const batch = keys.slice(start, start + AT_ONCE);
    await Promise.all(batch.map((Key) => s3.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }))));
  }
}

/** A key as it was, from a listing with `EncodingType: url`. */
export function decodeKey(encoded: string): string {
  return decodeURIComponent(encoded.replaceAll('+', ' '));
}

/** us-east-1 is the one region that must not be named. */
async function location() {
  const region = await s3.config.region();
  return region === 'us-east-1' ? {} : { CreateBucketConfiguration: { LocationConstraint: region as 'eu-central-1' } };
}
