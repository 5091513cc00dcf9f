/**
 * The bytes of one version of one object, from beginning to end, whatever happens in between: what is broken in mid-stream goes on
 * from where it was, and what has changed meanwhile is an error, never a mixture of two versions (F72).
 */
import type { Readable } from 'node:stream';
import { GetObjectCommand, type GetObjectCommandOutput, type S3Client } from '@aws-sdk/client-s3';
import { describe, RefusalError } from '../runtime/errors.ts';
import type { Version } from './head.ts';
import { nameOf, refusalOf, statusOf } from './refusal.ts';

/** `to` is the first byte that is not read any more. */
export type Range = { from: number; to: number };

export type Reading = { bucket: string; key: string; version: Version; range?: Range };

/**
 * Reads that break one after the other without one byte in between. A peer that sends on is not given up: a slow reader lets the
 * connection time out again and again, and each time some bytes have come.
 */
const MOST_BREAKS = 4;

const NEEDS =
  's3:GetObject on the object, s3:GetObjectVersion where the bucket keeps versions, and kms:Decrypt on the key it is encrypted with';

/** @throws RefusalError when it has changed or is gone, may not be read, or breaks off again and again */
export async function* readObject(client: S3Client, reading: Reading): AsyncGenerator<Buffer> {
  const { from: begin, to } = rangeOf(reading);
  let at = begin;
  for (let breaks = 0; at < to; ) {
    const body = await open(client, reading, { from: at, to });
    const before = at;
    try {
      for await (const chunk of body) {
        at += chunk.length;
        yield chunk;
      }
      mustBeAll(at, to);
    } catch (error) {
      breaks = at > before ? 1 : breaks + 1;
      if (breaks >= MOST_BREAKS || at > to) throw brokenOff(reading, at, error);
    } finally {
      body.destroy();
    }
  }
}

function rangeOf({ range, version }: Reading): Range {
  return range ?? { from: 0, to: version.bytes };
}

function mustBeAll(at: number, to: number): void {
  if (at !== to) throw new Error(`the answer ended at byte ${at} instead of ${to}`);
}

async function open(client: S3Client, reading: Reading, { from, to }: Range): Promise<Readable> {
  const { bucket, key, version } = reading;
  const isWhole = from === 0 && to === version.bytes;
  try {
    const answer = await client.send(
      new GetObjectCommand({
        Bucket: bucket,
        Key: key,
        ...(version.versionId === undefined ? { IfMatch: version.etag } : { VersionId: version.versionId }),
        ...(!isWhole && { Range: `bytes=${from}-${to - 1}` }),
      }),
    );
    mustBeAsked(answer, reading, isWhole ? undefined : `bytes ${from}-${to - 1}/${version.bytes}`);
    return answer.Body as Readable;
  } catch (error) {
    throw changed(error, reading) ?? refusalOf(error, { bucket, key, doing: 'be read', needs: NEEDS });
  }
}

/** Not every store heeds If-Match and Range; what is not asked for is not used. */
function mustBeAsked(answer: GetObjectCommandOutput, reading: Reading, range: string | undefined): void {
  const wrong =
    answer.ETag !== reading.version.etag
      ? hasChanged(reading, `its ETag was ${reading.version.etag} and is ${answer.ETag}`)
      : answer.ContentRange !== range
        ? new RefusalError(`${nameIn(reading)}: asked for ${range ?? 'all'}, and got ${answer.ContentRange ?? 'all'}.`)
        : undefined;
  if (wrong === undefined) return;
  (answer.Body as Readable | undefined)?.destroy();
  throw wrong;
}

function changed(error: unknown, reading: Reading): RefusalError | undefined {
  if (statusOf(error) === 412) return hasChanged(reading, `its ETag is no longer ${reading.version.etag}`);
  if (nameOf(error) === 'NoSuchKey' || nameOf(error) === 'NoSuchVersion' || statusOf(error) === 405)
    return hasChanged(reading, 'it is gone');
  return undefined;
}

function hasChanged(reading: Reading, how: string): RefusalError {
  return new RefusalError(
    `${nameIn(reading)} changed while it was being read: ${how}. Run this again when nothing writes it, or let each backup have its own name.`,
  );
}

function brokenOff(reading: Reading, at: number, error: unknown): RefusalError {
  const told = `${nameIn(reading)} broke off at byte ${at}, ${MOST_BREAKS} times in a row`;
  return new RefusalError(`${told}: ${describe(error)}`, { cause: error });
}

function nameIn({ bucket, key }: Reading): string {
  return `${key} in the bucket ${bucket}`;
}
