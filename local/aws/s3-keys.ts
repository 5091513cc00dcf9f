/** Object keys on the wire: out of a request's path, and into an answer's `encoding-type=url`. */
import { ServiceError } from './service-error.ts';

const MAX_KEY_BYTES = 1024;

export type Address = { bucket: string; key: string };

/** Bucket and key of a path-style request; the key is empty where the request is about the bucket. */
export function readAddress(path: string): Address {
  const [, bucket = '', key = ''] = /^\/([^/]*)\/?([\s\S]*)$/.exec(path) ?? [];
  const decoded = decodeURIComponent(key);
  if (Buffer.byteLength(decoded) > MAX_KEY_BYTES) {
    throw new ServiceError({ code: 'KeyTooLongError', status: 400 }, `a key has at most ${MAX_KEY_BYTES} bytes`);
  }
  return { bucket: decodeURIComponent(bucket), key: decoded };
}

/** As S3 writes a key when asked for `url`: like a form field (a space becomes `+`), but with slashes left alone. */
export function urlEncodeKey(key: string): string {
  return encodeURIComponent(key)
    .replace(/[!'()~]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+')
    .replaceAll('%2F', '/');
}
