/** Uploads in parts that were begun and never ended: no listing shows them, and they cost like objects. */
import { ListMultipartUploadsCommand, type ListMultipartUploadsCommandOutput, type S3Client } from '@aws-sdk/client-s3';
import { nameOf, refusalOf, statusOf } from '../object-store/refusal.ts';
import type { Pace } from './pace.ts';
import { addExample, type Examples, newExamples } from './tally.ts';

type Asked = { bucket: string; prefix: string; pace: Pace; olderThanMs: number };

/**
 * Those that were begun before. Their bytes would take a request for each; they are not counted.
 * @returns undefined where the store does not know the question
 * @throws RefusalError where it does and does not answer
 */
export async function abandonedUploads(client: S3Client, asked: Asked): Promise<Examples | undefined> {
  const { bucket, prefix, pace, olderThanMs } = asked;
  const abandoned = newExamples();
  let next: object | undefined = {};
  try {
    while (next !== undefined) {
      await pace();
      const question = { Bucket: bucket, Prefix: prefix, EncodingType: 'url', ...next } as const;
      const page: ListMultipartUploadsCommandOutput = await client.send(new ListMultipartUploadsCommand(question));
      for (const { Key = '', Initiated } of page.Uploads ?? []) {
        // Of unknown age is young.
        if (Initiated !== undefined && Initiated.getTime() <= olderThanMs) addExample(abandoned, decode(Key, page), 0);
      }
      next = page.IsTruncated === true ? markersOf(page) : undefined;
    }
    return abandoned;
  } catch (error) {
    if (nameOf(error) === 'NotImplemented' || statusOf(error) === 501) return undefined;
    const needs = 's3:ListBucketMultipartUploads on the bucket';
    throw refusalOf(error, { bucket, key: prefix, doing: 'tell its unfinished uploads', needs });
  }
}

function markersOf(page: ListMultipartUploadsCommandOutput) {
  const { NextKeyMarker, NextUploadIdMarker } = page;
  if (NextKeyMarker === undefined) throw new Error('a page of uploads that is not the last names no next one');
  return {
    KeyMarker: decode(NextKeyMarker, page),
    ...(NextUploadIdMarker !== undefined && { UploadIdMarker: NextUploadIdMarker }),
  };
}

function decode(key: string, { EncodingType }: ListMultipartUploadsCommandOutput): string {
  return EncodingType === 'url' ? decodeURIComponent(key.replaceAll('+', ' ')) : key;
}
