/** CreateBucket, PutBucketVersioning, DeleteBucket and ListObjectVersions: what the conformance tests set up and clear. */
import { uploadedContent } from './s3-body.ts';
import { keyEncoder, pageSize, S3_NAMESPACE } from './s3-listing.ts';
import { type Bucket, type ObjectStore, type ObjectVersion, sortedKeys } from './s3-objects.ts';
import { NotModelledError, ServiceError } from './service-error.ts';
import type { WireRequest, WireResponse } from './wire.ts';
import { contentsOf, element, xmlDocument } from './xml.ts';

export function createBucket(store: ObjectStore, name: string, request: WireRequest, region: string): WireResponse {
  const [asked] = contentsOf(uploadedContent(request, 's3:CreateBucket').toString('utf8'), 'LocationConstraint');
  if (asked !== region) {
    const code = 'IllegalLocationConstraintException';
    throw new ServiceError({ code, status: 400 }, `the location constraint must be ${region}, this endpoint's region`);
  }
  store.create(name);
  return { status: 200, headers: { location: `/${name}` } };
}

export function putBucketVersioning(bucket: Bucket, request: WireRequest): WireResponse {
  const [status] = contentsOf(uploadedContent(request, 's3:PutBucketVersioning').toString('utf8'), 'Status');
  if (status !== 'Enabled') throw new NotModelledError('s3:PutBucketVersioning', `status ${status}`);
  bucket.isVersioned = true;
  return { status: 200 };
}

/** A bucket that never kept versions tells no status. */
export function getBucketVersioning({ isVersioned }: Bucket): WireResponse {
  const status = element('Status', isVersioned ? 'Enabled' : undefined);
  return { status: 200, body: xmlDocument('VersioningConfiguration', status, S3_NAMESPACE) };
}

export function deleteBucket(store: ObjectStore, name: string): WireResponse {
  store.remove(name);
  return { status: 204 };
}

/** Versions and delete markers, keys in byte order, newest first within a key. */
export function listObjectVersions(bucket: Bucket, request: WireRequest): WireResponse {
  const prefix = request.query.get('prefix') ?? '';
  const all = sortedKeys(bucket)
    .filter((key) => key.startsWith(prefix))
    .flatMap((key) => (bucket.versions.get(key) ?? []).map((version, index) => ({ version, isLatest: index === 0 })));
  const { start, end } = pageBounds(all, request);
  const last = all[end - 1]?.version;
  const encode = keyEncoder(request);
  const content = [
    element('Name', bucket.name),
    element('Prefix', encode(prefix)),
    element('MaxKeys', pageSize(request)),
    element('EncodingType', request.query.get('encoding-type')),
    element('IsTruncated', end < all.length),
    ...(end < all.length && last !== undefined
      ? [element('NextKeyMarker', encode(last.key)), element('NextVersionIdMarker', last.versionId)]
      : []),
    ...all.slice(start, end).map((entry) => versionXml(entry, encode)),
  ];
  return { status: 200, body: xmlDocument('ListVersionsResult', content.join(''), S3_NAMESPACE) };
}

type Listed = { version: ObjectVersion; isLatest: boolean };

function pageBounds(all: Listed[], request: WireRequest): { start: number; end: number } {
  const key = request.query.get('key-marker');
  const versionId = request.query.get('version-id-marker');
  if (key === undefined) return { start: 0, end: Math.min(pageSize(request), all.length) };
  const start = all.findIndex(({ version }) => version.key === key && version.versionId === versionId) + 1;
  if (start === 0) throw new NotModelledError('s3:ListObjectVersions', 'markers other than those of the page before');
  return { start, end: Math.min(start + pageSize(request), all.length) };
}

function versionXml({ version, isLatest }: Listed, encode: (key: string) => string): string {
  const content = [
    element('Key', encode(version.key)),
    element('VersionId', version.versionId),
    element('IsLatest', isLatest),
    element('LastModified', version.lastModified.toISOString()),
  ];
  if (version.isDeleteMarker) return `<DeleteMarker>${content.join('')}</DeleteMarker>`;
  return `<Version>${content.join('')}${element('ETag', version.etag)}${element('Size', version.body.length)}${element('StorageClass', version.storageClass)}</Version>`;
}
