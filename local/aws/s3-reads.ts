/** GetObject and HeadObject. */
import { checkConditions } from './s3-conditions.ts';
import { type Bucket, latest, type ObjectVersion } from './s3-objects.ts';
import { requestedRange } from './s3-range.ts';
import { ServiceError } from './service-error.ts';
import type { WireRequest, WireResponse } from './wire.ts';

type Target = { bucket: Bucket; key: string; request: WireRequest };

/** The object and its headers; the server leaves the body out where the request was a HEAD. */
export function readObject(target: Target, operation: string): WireResponse {
  const { bucket, key, request } = target;
  const version = findVersion(bucket, key, request.query.get('versionId'));
  checkConditions(request, version, operation);
  const range = requestedRange(request, version.body.length);
  const headers = objectHeaders(target, version);
  if (range === undefined) return { status: 200, headers, body: version.body };
  const body = version.body.subarray(range.from, range.to + 1);
  const told = { 'content-range': `bytes ${range.from}-${range.to}/${version.body.length}` };
  return { status: 206, headers: { ...headers, ...told, 'content-length': String(body.length) }, body };
}

function findVersion(bucket: Bucket, key: string, versionId: string | undefined): ObjectVersion {
  const versions = bucket.versions.get(key) ?? [];
  if (versionId === undefined) return latest(bucket, key) ?? absent(versions[0]);
  const version = versions.find((candidate) => candidate.versionId === versionId);
  if (version === undefined) {
    throw new ServiceError({ code: 'NoSuchVersion', status: 404 }, 'the specified version does not exist');
  }
  if (!version.isDeleteMarker) return version;
  const headers = { 'x-amz-delete-marker': 'true', allow: 'DELETE' };
  throw new ServiceError({ code: 'MethodNotAllowed', status: 405, headers }, 'the version is a delete marker');
}

function absent(marker: ObjectVersion | undefined): never {
  const headers = marker === undefined ? {} : { 'x-amz-delete-marker': 'true', 'x-amz-version-id': marker.versionId };
  throw new ServiceError({ code: 'NoSuchKey', status: 404, headers }, 'the specified key does not exist');
}

function objectHeaders({ bucket, request }: Target, version: ObjectVersion): Record<string, string> {
  const wantsChecksum = request.headers['x-amz-checksum-mode'] === 'ENABLED';
  // That of the whole would not be that of a range.
  const hasChecksum = wantsChecksum && !request.headers.range && Object.keys(version.checksums).length > 0;
  return {
    ...version.headers,
    etag: version.etag,
    'last-modified': version.lastModified.toUTCString(),
    'content-length': String(version.body.length),
    ...(bucket.isVersioned ? { 'x-amz-version-id': version.versionId } : {}),
    ...(version.storageClass === 'STANDARD' ? {} : { 'x-amz-storage-class': version.storageClass }),
    ...(hasChecksum ? { ...version.checksums, 'x-amz-checksum-type': 'FULL_OBJECT' } : {}),
  };
}
