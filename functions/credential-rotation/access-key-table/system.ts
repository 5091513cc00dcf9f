/** The system itself, asked by signed requests of S3 as one of its keys. */
import { ListBucketsCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { CLIENT } from '../../runtime/aws.ts';
import type { Deadline } from '../../runtime/deadline.ts';
import { describe, RefusalError } from '../../runtime/errors.ts';
import type { Settings } from './contract.ts';
import type { Pair } from './held.ts';

/** What S3 says to a key that it does not know, and to a secret that is not the key's. Nothing else is about the key (F36). */
const WRONG = new Set(['InvalidAccessKeyId', 'SignatureDoesNotMatch']);
const FORBIDDEN = 403;

/** A few retries of a system that is overloaded, and then its own error. */
const PATIENCE_MS = 30_000;

type Asking = { endpoint: Settings['endpoint']; deadline: Deadline; pair: Pair };

/** @returns the names of the buckets that the key sees; undefined where the system says that the key is wrong. @throws RefusalError */
export async function listBuckets(asking: Asking): Promise<Set<string> | undefined> {
  const answer = await ask(asking, (client, options) => client.send(new ListBucketsCommand({}), options));
  return answer && new Set((answer.Buckets ?? []).map(({ Name = '' }) => Name));
}

/** Reads a page of a bucket. @throws RefusalError, also where the key is wrong */
export async function readBucket(asking: Asking, bucket: string): Promise<void> {
  const list = new ListObjectsV2Command({ Bucket: bucket, MaxKeys: 10 });
  const answer = await ask(asking, (client, options) => client.send(list, options));
  if (answer === undefined) throw new RefusalError(`${hostOf(asking)} turns ${asking.pair.keyId} away.`);
}

type Send<Answer> = (client: S3Client, options: { abortSignal: AbortSignal }) => Promise<Answer>;

async function ask<Answer>(asking: Asking, send: Send<Answer>): Promise<Answer | undefined> {
  const client = openClient(asking);
  try {
    const patienceMs = Math.min(PATIENCE_MS, Math.max(1, asking.deadline.workMs()));
    return await send(client, { abortSignal: AbortSignal.timeout(patienceMs) });
  } catch (error) {
    if (isWrong(error)) return undefined;
    throw new RefusalError(`${hostOf(asking)} did not answer as ${asking.pair.keyId}: ${describe(error)}`, {
      cause: error,
    });
  } finally {
    client.destroy();
  }
}

function isWrong(error: unknown): boolean {
  const { name, $metadata } = error as { name?: string; $metadata?: { httpStatusCode?: number } };
  return $metadata?.httpStatusCode === FORBIDDEN && WRONG.has(name ?? '');
}

function openClient({ endpoint: { url, region, caPem }, pair }: Asking): S3Client {
  // Whatever the environment says: a server that cannot be verified is not asked (F35).
  const tls = { rejectUnauthorized: true, minVersion: 'TLSv1.2', ...(caPem !== undefined && { ca: caPem }) } as const;
  return new S3Client({
    ...CLIENT,
    endpoint: url,
    region,
    forcePathStyle: true,
    credentials: { accessKeyId: pair.keyId, secretAccessKey: pair.secret },
    requestHandler: { ...CLIENT.requestHandler, httpsAgent: tls },
    // Other stores do not all know AWS's newer checksums.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
}

const hostOf = ({ endpoint }: Asking) => new URL(endpoint.url).host;
