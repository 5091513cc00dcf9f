/** Buckets and the versions of their objects: what S3 keeps, without how it is asked for. */
import { createHash, randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { Clock } from './clock.ts';
import type { LifecycleRule } from './s3-lifecycle.ts';
import type { Upload } from './s3-uploads.ts';
import { ServiceError } from './service-error.ts';

export type ObjectVersion = {
  key: string;
  /** `null` is S3's own spelling for a version written while the bucket kept none. */
  versionId: string;
  isDeleteMarker: boolean;
  body: Buffer;
  /** With its quotes, as in the header. */
  etag: string;
  lastModified: Date;
  /** Content-Type, Content-Encoding and `x-amz-meta-*`, given back on reading. */
  headers: Record<string, string>;
  /** In base64, by the header that it is told in; of the whole object. */
  checksums: Record<string, string>;
  storageClass: string;
};

/** `versions` of each key, newest first; a key that has none left is not there. */
export type Bucket = {
  name: string;
  isVersioned: boolean;
  versions: Map<string, ObjectVersion[]>;
  sortedKeys?: string[];
  lifecycle?: LifecycleRule[];
  /** As in some stores that speak S3: one condition is accepted, and not heeded. */
  ignores?: 'If-Match of deletions' | 'ETag of what is copied' | 'If-None-Match of copies' | undefined;
  uploads?: Upload[];
};

/** How an object came to be, where it was not by one PutObject just now. */
export type Past = {
  lastModified?: Date;
  storageClass?: string;
  /** It was uploaded in parts, so that its ETag is no MD5 and it has no checksum of the whole. */
  isMultipart?: boolean;
  /** The checksum that its uploader chose. */
  checksum?: 'CRC32' | 'SHA256';
  /** Customer's key: its ETag is no MD5. */
  kmsKeyArn?: string;
};
type Content = { body: Buffer; headers: Record<string, string> } & Past;

export type ObjectStore = {
  create(name: string): Bucket;
  bucket(name: string): Bucket;
  remove(name: string): void;
  put(bucket: Bucket, key: string, content: Content): ObjectVersion;
  /** Without a version: a delete marker in a versioned bucket, else the object itself. Undefined when nothing was there. */
  delete(bucket: Bucket, key: string, versionId?: string): ObjectVersion | undefined;
};

export function createObjectStore(clock: Clock): ObjectStore {
  const buckets = new Map<string, Bucket>();
  return {
    create: (name) => createBucket(buckets, name),
    bucket: (name) => find(buckets, name),
    remove: (name) => {
      if (find(buckets, name).versions.size > 0) {
        throw new ServiceError({ code: 'BucketNotEmpty', status: 409 }, 'the bucket still holds objects or versions');
      }
      buckets.delete(name);
    },
    put: (bucket, key, content) => {
      const version = newVersion(bucket, { key, lastModified: clock.now(), ...content });
      addVersion(bucket, version);
      return version;
    },
    delete: (bucket, key, versionId) => {
      if (versionId !== undefined) return removeVersion(bucket, key, versionId);
      if (!bucket.isVersioned) return removeVersion(bucket, key, 'null');
      const empty = { key, body: Buffer.alloc(0), headers: {}, lastModified: clock.now() };
      const marker = { ...newVersion(bucket, empty), isDeleteMarker: true };
      addVersion(bucket, marker);
      return marker;
    },
  };
}

/** The newest version of a key, or undefined where there is none or the newest is a delete marker. */
export function latest(bucket: Bucket, key: string): ObjectVersion | undefined {
  const newest = bucket.versions.get(key)?.[0];
  return newest?.isDeleteMarker === true ? undefined : newest;
}

/** Every key that has a version, in the order of its UTF-8 bytes, which is not the order of JavaScript's `sort`. */
export function sortedKeys(bucket: Bucket): string[] {
  bucket.sortedKeys ??= [...bucket.versions.keys()]
    .map((key) => ({ key, bytes: Buffer.from(key) }))
    .sort((a, b) => Buffer.compare(a.bytes, b.bytes))
    .map(({ key }) => key);
  return bucket.sortedKeys;
}

function createBucket(buckets: Map<string, Bucket>, name: string): Bucket {
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name)) {
    throw new ServiceError({ code: 'InvalidBucketName', status: 400 }, `${name} is not a valid bucket name`);
  }
  if (buckets.has(name)) {
    throw new ServiceError({ code: 'BucketAlreadyOwnedByYou', status: 409 }, `you own a bucket ${name} already`);
  }
  const bucket: Bucket = { name, isVersioned: false, versions: new Map() };
  buckets.set(name, bucket);
  return bucket;
}

function find(buckets: Map<string, Bucket>, name: string): Bucket {
  const bucket = buckets.get(name);
  if (bucket === undefined) {
    throw new ServiceError({ code: 'NoSuchBucket', status: 404 }, `the bucket ${name} does not exist`);
  }
  return bucket;
}

function newVersion(bucket: Bucket, content: Content & { key: string; lastModified: Date }): ObjectVersion {
  const { key, body, storageClass = 'STANDARD', kmsKeyArn } = content;
  return {
    key,
    body,
    headers: { ...content.headers, ...(kmsKeyArn === undefined ? {} : encryptionHeaders(kmsKeyArn)) },
    // S3 keeps whole seconds; a finer time would let a test tell apart what it could not tell apart there.
    lastModified: new Date(Math.floor(content.lastModified.getTime() / 1000) * 1000),
    versionId: bucket.isVersioned ? randomBytes(24).toString('base64url') : 'null',
    isDeleteMarker: false,
    etag: etagOf(content),
    checksums: checksumsOf(content),
    storageClass,
  };
}

function etagOf({ body, isMultipart = false, kmsKeyArn }: Content): string {
  const md5 = createHash('md5');
  // Encrypted with a customer's key, equal contents have different ETags.
  if (kmsKeyArn !== undefined) md5.update(randomBytes(16));
  const digest = md5.update(body).digest('hex');
  return isMultipart ? `"${digest}-2"` : `"${digest}"`;
}

function checksumsOf({ body, isMultipart = false, checksum = 'CRC32' }: Content): Record<string, string> {
  if (isMultipart) return {};
  if (checksum === 'SHA256') return { 'x-amz-checksum-sha256': createHash('sha256').update(body).digest('base64') };
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc32(body));
  return { 'x-amz-checksum-crc32': bytes.toString('base64') };
}

function encryptionHeaders(keyArn: string): Record<string, string> {
  return { 'x-amz-server-side-encryption': 'aws:kms', 'x-amz-server-side-encryption-aws-kms-key-id': keyArn };
}

function addVersion(bucket: Bucket, version: ObjectVersion): void {
  const older = bucket.versions.get(version.key);
  if (older === undefined) delete bucket.sortedKeys;
  // Two versions never share an id, and an unversioned bucket keeps only the one called `null`.
  const kept = (older ?? []).filter(({ versionId }) => versionId !== version.versionId);
  bucket.versions.set(version.key, [version, ...kept]);
}

function removeVersion(bucket: Bucket, key: string, versionId: string): ObjectVersion | undefined {
  const versions = bucket.versions.get(key) ?? [];
  const removed = versions.find((version) => version.versionId === versionId);
  const kept = versions.filter((version) => version !== removed);
  if (kept.length > 0) bucket.versions.set(key, kept);
  // The sorted list may keep a key that is gone: readers of the list skip it, and a sweep need not sort again each time.
  else bucket.versions.delete(key);
  return removed;
}
