/** ListMultipartUploads: uploads in parts that a test has planted as begun. Parts themselves are not modelled. */
import { keyEncoder, pageSize, S3_NAMESPACE } from './s3-listing.ts';
import type { Bucket } from './s3-objects.ts';
import { NotModelledError } from './service-error.ts';
import type { WireRequest, WireResponse } from './wire.ts';
import { element, xmlDocument } from './xml.ts';

export type Upload = { key: string; uploadId: string; initiated: Date };

/** In byte order of the keys, and for each key in the order in which they were begun. */
export function listUploads({ name, uploads = [] }: Bucket, request: WireRequest): WireResponse {
  const prefix = request.query.get('prefix') ?? '';
  const all = uploads.filter(({ key }) => key.startsWith(prefix)).toSorted(inOrder);
  const start = startOf(all, request);
  const end = Math.min(start + pageSize(request), all.length);
  const last = all[end - 1];
  const encode = keyEncoder(request);
  const content = [
    element('Bucket', name),
    element('Prefix', encode(prefix)),
    element('EncodingType', request.query.get('encoding-type')),
    element('IsTruncated', end < all.length),
    ...(end < all.length && last
      ? [element('NextKeyMarker', encode(last.key)), element('NextUploadIdMarker', last.uploadId)]
      : []),
    ...all.slice(start, end).map((upload) => uploadXml(upload, encode)),
  ];
  return { status: 200, body: xmlDocument('ListMultipartUploadsResult', content.join(''), S3_NAMESPACE) };
}

function inOrder(a: Upload, b: Upload): number {
  return Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)) || a.initiated.getTime() - b.initiated.getTime();
}

function startOf(all: Upload[], request: WireRequest): number {
  const key = request.query.get('key-marker');
  if (key === undefined) return 0;
  const uploadId = request.query.get('upload-id-marker');
  const start = all.findIndex((upload) => upload.key === key && upload.uploadId === uploadId) + 1;
  if (start === 0) throw new NotModelledError('s3:ListMultipartUploads', 'markers other than those of the page before');
  return start;
}

function uploadXml({ key, uploadId, initiated }: Upload, encode: (key: string) => string): string {
  const content = [
    element('Key', encode(key)),
    element('UploadId', uploadId),
    element('StorageClass', 'STANDARD'),
    element('Initiated', initiated.toISOString()),
  ];
  return `<Upload>${content.join('')}</Upload>`;
}
