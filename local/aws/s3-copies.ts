/** CopyObject: one object becomes another, as a single part, with the metadata that it had. */
import { checkConditions } from './s3-conditions.ts';
import { type Address, readAddress } from './s3-keys.ts';
import { S3_NAMESPACE } from './s3-listing.ts';
import { type Bucket, latest, type ObjectStore } from './s3-objects.ts';
import { NotModelledError, ServiceError } from './service-error.ts';
import type { WireRequest, WireResponse } from './wire.ts';
import { element, xmlDocument } from './xml.ts';

type Target = { store: ObjectStore; bucket: Bucket; key: string; request: WireRequest };

export function copyObject({ store, bucket, key, request }: Target): WireResponse {
  const source = copySource(request);
  const original = latest(store.bucket(source.bucket), source.key);
  if (original === undefined) {
    throw new ServiceError({ code: 'NoSuchKey', status: 404 }, 'the object to be copied does not exist');
  }
  const ifMatch = request.headers['x-amz-copy-source-if-match'];
  if (ifMatch !== undefined && bucket.ignores !== 'ETag of what is copied')
    checkConditions({ ...request, headers: { 'if-match': ifMatch } }, original, 's3:CopyObject');
  if (bucket.ignores !== 'If-None-Match of copies') checkConditions(request, latest(bucket, key), 's3:CopyObject');
  const copy = store.put(bucket, key, { body: original.body, headers: original.headers });
  const content = element('ETag', copy.etag) + element('LastModified', copy.lastModified.toISOString());
  const headers = bucket.isVersioned ? { 'x-amz-version-id': copy.versionId } : {};
  return { status: 200, headers, body: xmlDocument('CopyObjectResult', content, S3_NAMESPACE) };
}

/** Of the header that makes a request for an object a copy. */
export function copySource({ headers }: WireRequest): Address {
  const source = headers['x-amz-copy-source'] ?? '';
  if (source.includes('?')) throw new NotModelledError('s3:CopyObject', 'a version of the source');
  return readAddress(`/${source.replace(/^\//, '')}`);
}
