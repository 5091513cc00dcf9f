/** Amazon S3, path style: which operation a request is, what it needs to be allowed, and who carries it out. */
import {
  createBucket,
  deleteBucket,
  getBucketVersioning,
  listObjectVersions,
  putBucketVersioning,
} from './s3-buckets.ts';
import { copyObject, copySource } from './s3-copies.ts';
import { type Address, readAddress } from './s3-keys.ts';
import { getLifecycle } from './s3-lifecycle.ts';
import { listObjectsV2 } from './s3-listing.ts';
import type { ObjectStore } from './s3-objects.ts';
import { readObject } from './s3-reads.ts';
import { findRoute, ROUTES, type RouteName } from './s3-routes.ts';
import { listUploads } from './s3-uploads.ts';
import { deleteObject, deleteObjects, putObject, requestedDeletions } from './s3-writes.ts';
import type { Estate, Operation, Permission, Service } from './service.ts';
import type { ServiceError } from './service-error.ts';
import type { WireRequest, WireResponse } from './wire.ts';
import { element, xmlDocument } from './xml.ts';

export function createS3(estate: Estate, store: ObjectStore): Service {
  return {
    name: 's3',
    operations: Object.keys(ROUTES),
    refusals: {
      unknownKey: { code: 'InvalidAccessKeyId', status: 403 },
      badSignature: { code: 'SignatureDoesNotMatch', status: 403 },
      skewed: { code: 'RequestTimeTooSkewed', status: 403 },
      accessDenied: { code: 'AccessDenied', status: 403 },
      throttled: { code: 'SlowDown', status: 503 },
    },
    identify: (request) => identify({ request, address: readAddress(request.path), store, region: estate.region }),
    renderError,
  };
}

type Asked = { request: WireRequest; address: Address; store: ObjectStore; region: string };

function identify(asked: Asked): Operation {
  const name = findRoute(asked.request, asked.address);
  return {
    name,
    permissions: permissionsFor(name, asked),
    changing: ROUTES[name].method !== 'GET' && ROUTES[name].method !== 'HEAD',
    run: () => run(name, asked),
  };
}

function permissionsFor(name: RouteName, { request, address }: Asked): Operation['permissions'] {
  const bucketArn = `arn:aws:s3:::${address.bucket}`;
  const objectArn = `${bucketArn}/${address.key}`;
  if (name === 'ListObjectsV2' || name === 'ListObjectVersions') {
    const action = name === 'ListObjectsV2' ? 's3:ListBucket' : 's3:ListBucketVersions';
    return [{ action, resource: bucketArn, conditions: { 's3:prefix': request.query.get('prefix') ?? '' } }];
  }
  if (name === 'DeleteObjects') return deletionPermissions(bucketArn, request);
  // IAM calls these otherwise than the API does.
  if (name === 'ListMultipartUploads') return [{ action: 's3:ListBucketMultipartUploads', resource: bucketArn }];
  if (name === 'GetBucketLifecycleConfiguration')
    return [{ action: 's3:GetLifecycleConfiguration', resource: bucketArn }];
  if (address.key === '') return [{ action: `s3:${name}`, resource: bucketArn }];
  if (name === 'CopyObject') return copyPermissions(objectArn, request);
  const action = name === 'HeadObject' ? 'GetObject' : name;
  const own = { action: `s3:${action}${request.query.has('versionId') ? 'Version' : ''}`, resource: objectArn };
  // S3 compares with what is stored, and to whoever may not read it that would give its content away.
  const isComparing = name !== 'GetObject' && request.headers['if-match'] !== undefined;
  return isComparing ? [own, { action: 's3:GetObject', resource: objectArn }] : [own];
}

function deletionPermissions(bucketArn: string, request: WireRequest): Operation['permissions'] {
  const permissions = requestedDeletions(request).map(({ key, versionId }): Permission => {
    const action = versionId === undefined ? 's3:DeleteObject' : 's3:DeleteObjectVersion';
    return { action, resource: `${bucketArn}/${key}` };
  });
  return permissions as [Permission, ...Permission[]];
}

function copyPermissions(objectArn: string, request: WireRequest): Operation['permissions'] {
  const { bucket, key } = copySource(request);
  return [
    { action: 's3:PutObject', resource: objectArn },
    { action: 's3:GetObject', resource: `arn:aws:s3:::${bucket}/${key}` },
  ];
}

function run(name: RouteName, { request, address, store, region }: Asked): WireResponse {
  if (name === 'CreateBucket') return createBucket(store, address.bucket, request, region);
  if (name === 'DeleteBucket') return deleteBucket(store, address.bucket);
  const bucket = store.bucket(address.bucket);
  const target = { store, bucket, key: address.key, request };
  switch (name) {
    case 'PutBucketVersioning':
      return putBucketVersioning(bucket, request);
    case 'GetBucketVersioning':
      return getBucketVersioning(bucket);
    case 'ListObjectVersions':
      return listObjectVersions(bucket, request);
    case 'GetBucketLifecycleConfiguration':
      return getLifecycle(bucket);
    case 'ListMultipartUploads':
      return listUploads(bucket, request);
    case 'ListObjectsV2':
      return { status: 200, body: listObjectsV2(bucket, request) };
    case 'GetObject':
    case 'HeadObject':
      return readObject(target, `s3:${name}`);
    case 'PutObject':
      return putObject(target);
    case 'CopyObject':
      return copyObject(target);
    case 'DeleteObject':
      return deleteObject(target);
    case 'DeleteObjects':
      return deleteObjects(store, bucket, requestedDeletions(request));
  }
}

function renderError(error: ServiceError): WireResponse {
  const details = Object.entries(error.details).map(([name, value]) => element(name, value));
  const body = xmlDocument('Error', element('Code', error.code) + element('Message', error.message) + details.join(''));
  return { status: error.status, headers: { ...error.headers, 'content-type': 'application/xml' }, body };
}
