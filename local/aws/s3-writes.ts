/** PutObject, DeleteObject and DeleteObjects. */
import { uploadedContent } from './s3-body.ts';
import { checkConditions } from './s3-conditions.ts';
import { S3_NAMESPACE } from './s3-listing.ts';
import { type Bucket, latest, type ObjectStore, type ObjectVersion } from './s3-objects.ts';
import { refuseUnmodelled, ServiceError } from './service-error.ts';
import { headersWithPrefix, type WireRequest, type WireResponse } from './wire.ts';
import { contentsOf, element, elementNames, unescapeXml, xmlDocument } from './xml.ts';

const MAX_DELETED_AT_ONCE = 1000;

type Target = { store: ObjectStore; bucket: Bucket; key: string; request: WireRequest };

export function putObject({ store, bucket, key, request }: Target): WireResponse {
  const body = uploadedContent(request, 's3:PutObject');
  checkConditions(request, latest(bucket, key), 's3:PutObject');
  const version = store.put(bucket, key, { body, headers: keptHeaders(request) });
  const headers = { etag: version.etag, ...version.checksums, ...versionHeaders(bucket, version) };
  return { status: 200, headers };
}

/** S3 says 204 as well when there was nothing to delete. */
export function deleteObject({ store, bucket, key, request }: Target): WireResponse {
  if (bucket.ignores !== 'If-Match of deletions') checkConditions(request, latest(bucket, key), 's3:DeleteObject');
  const deleted = store.delete(bucket, key, request.query.get('versionId'));
  if (deleted === undefined) return { status: 204 };
  const marker: Record<string, string> = deleted.isDeleteMarker ? { 'x-amz-delete-marker': 'true' } : {};
  return { status: 204, headers: { ...versionHeaders(bucket, deleted), ...marker } };
}

export type Deletion = { key: string; versionId?: string };

/** What a DeleteObjects request asks for. Throws MalformedXML for none or more than 1,000 keys. */
export function requestedDeletions(request: WireRequest): Deletion[] {
  const xml = uploadedContent(request, 's3:DeleteObjects').toString('utf8');
  const modelled = ['Delete', 'Object', 'Key', 'VersionId'];
  refuseUnmodelled({ operation: 's3:DeleteObjects', kind: 'element', given: elementNames(xml), modelled });
  const deletions = contentsOf(xml, 'Object').map((object) => {
    const [key = '', versionId] = [contentsOf(object, 'Key')[0], contentsOf(object, 'VersionId')[0]].map((text) =>
      text === undefined ? undefined : unescapeXml(text),
    );
    return { key, ...(versionId === undefined ? {} : { versionId }) };
  });
  if (deletions.length > 0 && deletions.length <= MAX_DELETED_AT_ONCE) return deletions;
  throw new ServiceError({ code: 'MalformedXML', status: 400 }, `from 1 to ${MAX_DELETED_AT_ONCE} keys are allowed`);
}

export function deleteObjects(store: ObjectStore, bucket: Bucket, deletions: Deletion[]): WireResponse {
  const results = deletions.map(({ key, versionId }) => {
    const deleted = store.delete(bucket, key, versionId);
    const isNewMarker = versionId === undefined && deleted?.isDeleteMarker === true;
    const marker = isNewMarker
      ? element('DeleteMarker', true) + element('DeleteMarkerVersionId', deleted.versionId)
      : '';
    return `<Deleted>${element('Key', key)}${element('VersionId', versionId)}${marker}</Deleted>`;
  });
  return { status: 200, body: xmlDocument('DeleteResult', results.join(''), S3_NAMESPACE) };
}

/** `aws-chunked` is how the bytes travelled, not what they are, so it is not kept. */
function keptHeaders(request: WireRequest): Record<string, string> {
  const encoding = (request.headers['content-encoding'] ?? '').replace(/\s*aws-chunked\s*,?\s*/, '');
  return {
    'content-type': request.headers['content-type'] ?? 'application/octet-stream',
    ...(encoding === '' ? {} : { 'content-encoding': encoding }),
    ...headersWithPrefix(request, 'x-amz-meta-'),
  };
}

function versionHeaders(bucket: Bucket, version: ObjectVersion): Record<string, string> {
  return bucket.isVersioned ? { 'x-amz-version-id': version.versionId } : {};
}
