/** Which S3 operation a request is: told by method, by whether there is a key, and by the query parameter that marks it. */

import type { Address } from './s3-keys.ts';
import { NotModelledError, refuseUnmodelled } from './service-error.ts';
import type { WireRequest } from './wire.ts';

type Route = { method: string; on: 'bucket' | 'object'; marker?: string; query?: string[]; headers?: string[] };

const UPLOAD_HEADERS = [
  'x-amz-checksum-crc32',
  'x-amz-sdk-checksum-algorithm',
  'x-amz-decoded-content-length',
  'x-amz-trailer',
];
const LISTING_QUERY = ['prefix', 'max-keys', 'encoding-type'];

export const ROUTES = {
  ListObjectsV2: {
    method: 'GET',
    on: 'bucket',
    marker: 'list-type',
    query: [...LISTING_QUERY, 'delimiter', 'continuation-token', 'start-after'],
  },
  ListObjectVersions: {
    method: 'GET',
    on: 'bucket',
    marker: 'versions',
    query: [...LISTING_QUERY, 'key-marker', 'version-id-marker'],
  },
  ListMultipartUploads: {
    method: 'GET',
    on: 'bucket',
    marker: 'uploads',
    query: ['prefix', 'encoding-type', 'key-marker', 'upload-id-marker'],
  },
  GetBucketLifecycleConfiguration: { method: 'GET', on: 'bucket', marker: 'lifecycle' },
  GetBucketVersioning: { method: 'GET', on: 'bucket', marker: 'versioning' },
  CreateBucket: { method: 'PUT', on: 'bucket', headers: UPLOAD_HEADERS },
  PutBucketVersioning: { method: 'PUT', on: 'bucket', marker: 'versioning', headers: UPLOAD_HEADERS },
  DeleteBucket: { method: 'DELETE', on: 'bucket' },
  DeleteObjects: { method: 'POST', on: 'bucket', marker: 'delete', headers: UPLOAD_HEADERS },
  GetObject: {
    method: 'GET',
    on: 'object',
    query: ['versionId'],
    headers: ['x-amz-checksum-mode', 'if-match', 'range'],
  },
  HeadObject: { method: 'HEAD', on: 'object', query: ['versionId'], headers: ['x-amz-checksum-mode', 'if-match'] },
  PutObject: { method: 'PUT', on: 'object', headers: [...UPLOAD_HEADERS, 'if-match', 'if-none-match'] },
  CopyObject: {
    method: 'PUT',
    on: 'object',
    headers: ['x-amz-copy-source', 'x-amz-copy-source-if-match', 'if-none-match'],
  },
  DeleteObject: { method: 'DELETE', on: 'object', query: ['versionId'], headers: ['if-match'] },
} satisfies Record<string, Route>;

export type RouteName = keyof typeof ROUTES;

/** `x-id` is the SDK's own remark of the operation's name, and S3 ignores it. */
const QUERY_OF_ALL = ['x-id'];
const HEADERS_OF_ALL = ['x-amz-date', 'x-amz-content-sha256', 'x-amz-user-agent'];

/** Throws NotModelledError for an operation, a query parameter or a header that is not modelled. */
export function findRoute(request: WireRequest, { key }: Address): RouteName {
  const on = key === '' ? 'bucket' : 'object';
  const routes = Object.entries(ROUTES) as [RouteName, Route][];
  const matching = routes.filter(([name, route]) => {
    const isNamedOtherwise = (request.query.get('x-id') ?? name) !== name;
    return route.method === request.method && route.on === on && !isNamedOtherwise;
  });
  const marked = matching.find(([, { marker }]) => marker !== undefined && request.query.has(marker));
  const [name, route] = marked ?? matching.find(([, { marker }]) => marker === undefined) ?? [];
  if (name === undefined || route === undefined) throw new NotModelledError(`s3:${guessName(request, on)}`);
  refuseStrangers(request, name, route);
  return name;
}

function refuseStrangers(request: WireRequest, name: string, route: Route): void {
  const operation = `s3:${name}`;
  refuseUnmodelled({
    operation,
    kind: 'query parameter',
    given: [...request.query.keys()],
    modelled: [...QUERY_OF_ALL, ...(route.marker === undefined ? [] : [route.marker]), ...(route.query ?? [])],
  });
  const given = Object.keys(request.headers).filter(isMeaningful);
  refuseUnmodelled({ operation, kind: 'header', given, modelled: [...HEADERS_OF_ALL, ...(route.headers ?? [])] });
}

/** Whether S3 would act on this header: to ignore one of these is to do something else than was asked for. */
function isMeaningful(header: string): boolean {
  if (header.startsWith('x-amz-meta-')) return false;
  const kept = ['range', 'expires', 'cache-control', 'content-disposition', 'content-language'];
  return header.startsWith('x-amz-') || header.startsWith('if-') || kept.includes(header);
}

function guessName(request: WireRequest, on: string): string {
  const parameters = [...request.query.keys()].join('&');
  return request.query.get('x-id') ?? `${request.method} ${on}${parameters === '' ? '' : `?${parameters}`}`;
}
