/** Endpoints that are kept outside of the settings, in an object in S3. */
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import * as z from 'zod';
import { namesItsEndpoint, s3Client } from '../runtime/aws.ts';
import { describe, RefusalError } from '../runtime/errors.ts';
import { explain } from '../runtime/schema-error.ts';
import { Endpoint, type Settings, unusable } from './contract.ts';
import { targetOf } from './endpoint.ts';

/** A hundred thousand endpoints; what is larger is not such a list. */
const MOST_BYTES = 20 * 1024 * 1024;

const List = z.array(Endpoint);

/**
 * @returns the settings' endpoints and the list's, each once; where both name one, the settings' is taken
 * @throws RefusalError when the list cannot be read, or holds anything that is no endpoint
 */
export async function readEndpoints(settings: Settings): Promise<Endpoint[]> {
  const listed = settings.endpointList ? await readList(settings.endpointList, settings) : [];
  // Set in this order, so that the settings' own come last and win.
  return [...new Map([...listed, ...settings.endpoints].map((endpoint) => [targetOf(endpoint), endpoint])).values()];
}

type Place = NonNullable<Settings['endpointList']>;

async function readList({ bucket, key }: Place, settings: Settings): Promise<Endpoint[]> {
  const what = `The list of endpoints s3://${bucket}/${key}`;
  const input = await readJson({ bucket, key, what });
  const parsed = List.safeParse(input);
  if (!parsed.success) throw new RefusalError(explain(parsed.error, { input, schema: List, what }));
  const errors = parsed.data.flatMap((endpoint, index) =>
    Object.entries(unusable(endpoint, settings)).map(([field, message]) => `[${index}].${field}: ${message}`),
  );
  if (errors.length > 0) throw new RefusalError(`${what}: ${errors.slice(0, 10).join('; ')}`);
  return parsed.data;
}

async function readJson({ bucket, key, what }: Place & { what: string }): Promise<unknown> {
  try {
    const client = namesItsEndpoint(new S3Client(s3Client()));
    const answer = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    if ((answer.ContentLength ?? 0) > MOST_BYTES) throw new RefusalError(`it has more than ${MOST_BYTES} bytes`);
    return JSON.parse((await answer.Body?.transformToString()) ?? '');
  } catch (error) {
    throw new RefusalError(`${what} cannot be read: ${describe(error)}`, { cause: error });
  }
}
