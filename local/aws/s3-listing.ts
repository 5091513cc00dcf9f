/** ListObjectsV2: pages in byte order, common prefixes, and continuation. */

import { urlEncodeKey } from './s3-keys.ts';
import { type Bucket, latest, type ObjectVersion, sortedKeys } from './s3-objects.ts';
import { ServiceError } from './service-error.ts';
import type { WireRequest } from './wire.ts';
import { element, xmlDocument } from './xml.ts';

export const S3_NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/';
const MAX_KEYS = 1000;

type Question = { prefix: string; delimiter: string; startAfter: string; maxKeys: number; token?: Position };
/** Where a page ended: at a key, or at a common prefix, all of whose keys are then behind us. */
type Position = { after: string; isPrefix: boolean };
type Entry = { kind: 'object'; version: ObjectVersion } | { kind: 'prefix'; prefix: string };
type Page = { entries: Entry[]; next?: Position };

/** The XML of one page. Throws InvalidArgument for a page size, token or encoding that S3 would refuse. */
export function listObjectsV2(bucket: Bucket, request: WireRequest): string {
  const question = readQuestion(request);
  const page = findPage(bucket, question);
  const encode = keyEncoder(request);
  const head = [
    element('Name', bucket.name),
    element('Prefix', encode(question.prefix)),
    element('Delimiter', question.delimiter === '' ? undefined : encode(question.delimiter)),
    element('StartAfter', question.startAfter === '' ? undefined : encode(question.startAfter)),
    element('EncodingType', request.query.get('encoding-type')),
    element('ContinuationToken', request.query.get('continuation-token')),
    element('NextContinuationToken', page.next === undefined ? undefined : writeToken(page.next)),
    element('KeyCount', page.entries.length),
    element('MaxKeys', question.maxKeys),
    element('IsTruncated', page.next !== undefined),
  ];
  return xmlDocument(
    'ListBucketResult',
    [...head, ...page.entries.map((entry) => entryXml(entry, encode))].join(''),
    S3_NAMESPACE,
  );
}

/** How keys are written in an answer: as they are, or percent-encoded where `encoding-type=url` asked for it. */
export function keyEncoder(request: WireRequest): (key: string) => string {
  const encoding = request.query.get('encoding-type');
  if (encoding === undefined) return (key) => key;
  if (encoding === 'url') return urlEncodeKey;
  throw invalid('Invalid Encoding Method specified in Request');
}

/** `max-keys`, of which S3 never gives more than 1,000. */
export function pageSize(request: WireRequest): number {
  const given = request.query.get('max-keys') ?? String(MAX_KEYS);
  if (!/^\d+$/.test(given)) throw invalid('Argument max-keys must be an integer between 0 and 2147483647');
  return Math.min(Number(given), MAX_KEYS);
}

function readQuestion(request: WireRequest): Question {
  const { query } = request;
  const token = query.get('continuation-token');
  return {
    prefix: query.get('prefix') ?? '',
    delimiter: query.get('delimiter') ?? '',
    startAfter: query.get('start-after') ?? '',
    maxKeys: pageSize(request),
    ...(token === undefined ? {} : { token: readToken(token) }),
  };
}

function findPage(bucket: Bucket, question: Question): Page {
  const entries: Entry[] = [];
  if (question.maxKeys === 0) return { entries };
  const start: Position = question.token ?? { after: question.startAfter, isPrefix: false };
  const keys = sortedKeys(bucket);
  let last = start;
  for (let index = firstAfter(keys, start.after); index < keys.length; index += 1) {
    const key = keys[index] ?? '';
    const isBehind = last.isPrefix && key.startsWith(last.after);
    const version = key.startsWith(question.prefix) && !isBehind ? latest(bucket, key) : undefined;
    if (version === undefined) continue;
    if (entries.length === question.maxKeys) return { entries, next: last };
    const entry = entryOf(version, question);
    last = entry.kind === 'prefix' ? { after: entry.prefix, isPrefix: true } : { after: key, isPrefix: false };
    entries.push(entry);
  }
  return { entries };
}

function entryOf(version: ObjectVersion, { prefix, delimiter }: Question): Entry {
  const at = delimiter === '' ? -1 : version.key.indexOf(delimiter, prefix.length);
  if (at === -1) return { kind: 'object', version };
  return { kind: 'prefix', prefix: version.key.slice(0, at + delimiter.length) };
}

/** The index of the first key behind `after` in byte order, found by halving: a listing of a million keys has a thousand pages. */
function firstAfter(keys: string[], after: string): number {
  const bytes = Buffer.from(after);
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (Buffer.compare(Buffer.from(keys[middle] ?? ''), bytes) <= 0 && after !== '') low = middle + 1;
    else high = middle;
  }
  return low;
}

function entryXml(entry: Entry, encode: (key: string) => string): string {
  if (entry.kind === 'prefix') return `<CommonPrefixes>${element('Prefix', encode(entry.prefix))}</CommonPrefixes>`;
  const { key, lastModified, etag, body, storageClass } = entry.version;
  const content = [
    element('Key', encode(key)),
    element('LastModified', lastModified.toISOString()),
    element('ETag', etag),
    element('Size', body.length),
    element('StorageClass', storageClass),
  ];
  return `<Contents>${content.join('')}</Contents>`;
}

function writeToken(position: Position): string {
  return Buffer.from(JSON.stringify(position)).toString('base64');
}

function readToken(token: string): Position {
  try {
    const { after, isPrefix } = JSON.parse(Buffer.from(token, 'base64').toString('utf8')) as Record<string, unknown>;
    if (typeof after === 'string' && typeof isPrefix === 'boolean') return { after, isPrefix };
  } catch {
    // Told below, as S3 tells it.
  }
  throw invalid('The continuation token provided is incorrect');
}

function invalid(message: string): ServiceError {
  return new ServiceError({ code: 'InvalidArgument', status: 400 }, message);
}
