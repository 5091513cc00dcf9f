/**
 * Evidence and state: one S3 bucket, written so that nothing is ever overwritten by accident. Evidence is created once; state
 * is a small JSON object changed only by whoever has seen its last version.
 */
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { GetObjectCommand, PutObjectCommand, paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3';
import { namesItsEndpoint, s3Client } from './aws.ts';
import { describe, EvidenceError } from './errors.ts';
import { upload } from './upload.ts';

/** A state object and the version of it that was seen; `etag` is absent where there was no object. */
export type Seen<Value> = { value: Value | undefined; etag: string | undefined };

/** A file on the function's own disk; S3 must be told its length. */
type File = { path: string; bytes: number };

export type Store = {
  bucket: string;
  /** The store's own clock, from its last answer: no two functions need to agree about the time. */
  now(): Date;
  readJson<Value>(key: string): Promise<Seen<Value>>;
  /** Undefined where there is no object. */
  readText(key: string): Promise<string | undefined>;
  /** Creates the object, or replaces the version that was seen. `undefined` means that somebody else was faster. */
  writeJson<Value>(key: string, value: Value, seen: Seen<Value>): Promise<Seen<Value> | undefined>;
  /** Creates an object that must not be there yet. @throws EvidenceError when it is, or when it cannot be written */
  create(key: string, body: string | File): Promise<void>;
  /** Replaces the version of an object that was seen, or creates the first. @throws EvidenceError when it is another by now */
  replace(key: string, body: File, etag: string | undefined): Promise<void>;
  /** Lines of a gzipped text object, some at a time; none where there is no object. @throws EvidenceError when it is damaged */
  openLines(key: string): Promise<{ etag: string | undefined; lines: AsyncIterable<string[]> }>;
  /** All names directly below a prefix, in byte order; `folders` are the next level down, each ending in `/`. */
  list(prefix: string): Promise<{ folders: string[]; keys: string[] }>;
};

export function openStore(bucket: string, client = namesItsEndpoint(new S3Client(s3Client()))): Store {
  const clock = watchClock(client);
  return {
    bucket,
    now: clock,
    readJson: (key) => readJson(client, { bucket, key }),
    readText: async (key) => (await readText(client, { bucket, key })).text,
    writeJson: (key, value, seen) => writeJson(client, { bucket, key, value, seen }),
    create: (key, body) => put(client, { bucket, key, body, condition: { IfNoneMatch: '*' } }),
    replace: (key, body, etag) =>
      put(client, { bucket, key, body, condition: etag === undefined ? { IfNoneMatch: '*' } : { IfMatch: etag } }),
    openLines: (key) => openLines(client, { bucket, key }),
    list: (prefix) => list(client, { bucket, prefix }),
  };
}

type Place = { bucket: string; key: string };

async function readText(client: S3Client, { bucket, key }: Place) {
  try {
    const answer = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    return { text: (await answer.Body?.transformToString()) ?? '', etag: answer.ETag };
  } catch (error) {
    if (isNamed(error, 'NoSuchKey')) return { text: undefined, etag: undefined };
    throw new EvidenceError(`${key} in the evidence bucket cannot be read: ${describe(error)}`, { cause: error });
  }
}

async function readJson<Value>(client: S3Client, place: Place): Promise<Seen<Value>> {
  const { text, etag } = await readText(client, place);
  if (text === undefined) return { value: undefined, etag: undefined };
  try {
    return { value: JSON.parse(text) as Value, etag };
  } catch (error) {
    throw new EvidenceError(`${place.key} in the evidence bucket is not JSON: ${describe(error)}`, { cause: error });
  }
}

/** S3 answers 412 when the object is another than the one seen, 409 when two conditional writes meet. */
const LOST_THE_RACE = ['PreconditionFailed', 'ConditionalRequestConflict', 'NoSuchKey'];

async function writeJson<Value>(
  client: S3Client,
  { bucket, key, value, seen }: Place & { value: Value; seen: Seen<Value> },
): Promise<Seen<Value> | undefined> {
  const condition = seen.etag === undefined ? { IfNoneMatch: '*' } : { IfMatch: seen.etag };
  const body = { Body: JSON.stringify(value), ContentType: 'application/json' };
  try {
    const answer = await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, ...body, ...condition }));
    return { value, etag: answer.ETag };
  } catch (error) {
    if (LOST_THE_RACE.some((name) => isNamed(error, name))) return writtenBefore(client, { bucket, key, value });
    throw new EvidenceError(`${key} in the evidence bucket cannot be written: ${describe(error)}`, { cause: error });
  }
}

/**
 * When the reply to a conditional write is lost, the SDK sends it again and loses the race against itself. What then stands
 * there tells: our values carry the id of our run, so nobody else can have written the same.
 */
async function writtenBefore<Value>(client: S3Client, { bucket, key, value }: Place & { value: Value }) {
  const now = await readJson<Value>(client, { bucket, key });
  return JSON.stringify(now.value) === JSON.stringify(value) ? now : undefined;
}

type Putting = Place & { body: string | File; condition: { IfNoneMatch: '*' } | { IfMatch: string } };

async function put(client: S3Client, { bucket, key, body, condition }: Putting): Promise<void> {
  const length = typeof body === 'string' ? Buffer.byteLength(body) : body.bytes;
  const send = (Body: string | Readable) =>
    client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body, ContentLength: length, ...condition }));
  try {
    await (typeof body === 'string' ? send(body) : upload(body.path, send));
  } catch (error) {
    // A second attempt that loses against somebody has lost against our own first one: only one run holds the lease.
    const retried = ((error as { $metadata?: { attempts?: number } }).$metadata?.attempts ?? 1) > 1;
    if (retried && isNamed(error, 'PreconditionFailed')) return;
    throw new EvidenceError(`${key} cannot be stored in the evidence bucket: ${describe(error)}`, { cause: error });
  }
}

async function openLines(client: S3Client, { bucket, key }: Place) {
  try {
    const answer = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    return { etag: answer.ETag, lines: unzipped(answer.Body as Readable, key) };
  } catch (error) {
    if (isNamed(error, 'NoSuchKey')) return { etag: undefined, lines: nothing() };
    throw new EvidenceError(`${key} in the evidence bucket cannot be read: ${describe(error)}`, { cause: error });
  }
}

async function* nothing(): AsyncGenerator<string[]> {}

async function* unzipped(body: Readable, key: string): AsyncGenerator<string[]> {
  const text = createGunzip();
  // pipe() does not forward errors, and a reader must not wait for ever on a connection that is gone.
  body.on('error', (error) => text.destroy(error));
  try {
    yield* linesOf(body.pipe(text).setEncoding('utf8'));
  } catch (error) {
    throw new EvidenceError(`${key} in the evidence bucket cannot be read: ${describe(error)}`, { cause: error });
  }
}

/** Lists of whole lines, a chunk at a time: awaiting each line would cost more than reading it. */
async function* linesOf(text: AsyncIterable<string>): AsyncGenerator<string[]> {
  let rest = '';
  for await (const chunk of text) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    if (lines.length > 0) yield lines;
  }
  if (rest !== '') yield [rest];
}

async function list(client: S3Client, { bucket, prefix }: { bucket: string; prefix: string }) {
  const page = { Bucket: bucket, Prefix: prefix, Delimiter: '/', EncodingType: 'url' } as const;
  const decode = (name: string | undefined) => decodeURIComponent((name ?? '').replaceAll('+', ' '));
  const found: { folders: string[]; keys: string[] } = { folders: [], keys: [] };
  try {
    for await (const answer of paginateListObjectsV2({ client }, page)) {
      found.folders.push(...(answer.CommonPrefixes ?? []).map((folder) => decode(folder.Prefix)));
      found.keys.push(...(answer.Contents ?? []).map((object) => decode(object.Key)));
    }
    return found;
  } catch (error) {
    throw new EvidenceError(`${prefix} in the evidence bucket cannot be listed: ${describe(error)}`, { cause: error });
  }
}

function isNamed(error: unknown, name: string): boolean {
  return error instanceof Error && error.name === name;
}

type Answered = { response: { headers?: Record<string, string> } };

/** @returns the service's own time, as its last answer told it; this machine's until it has answered */
export function watchClock(client: object): () => Date {
  let offsetMs = 0;
  (client as S3Client).middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      const date = Date.parse((result as Answered).response.headers?.date ?? '');
      if (!Number.isNaN(date)) offsetMs = date - Date.now();
      return result;
    },
    { step: 'deserialize', priority: 'low', name: 'watchClock' },
  );
  return () => new Date(Date.now() + offsetMs);
}
