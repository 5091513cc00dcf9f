/** A client for one store: AWS's own S3 under the function's role, or another that speaks it, with its credentials and CA. */
import { S3Client } from '@aws-sdk/client-s3';
import * as z from 'zod';
import { CLIENT, namesItsEndpoint, s3Client } from '../runtime/aws.ts';
import { RefusalError } from '../runtime/errors.ts';
import { readSecretText } from '../runtime/secret-text.ts';
import type { ObjectStore } from './contract.ts';

const Credentials = z.looseObject({ accessKeyId: z.string().min(1), secretAccessKey: z.string().min(1) });

/** @throws RefusalError when the credentials cannot be read, naming the secret and its fields, never a value */
export async function openClient(store: ObjectStore): Promise<S3Client> {
  const { endpoint, region, caPem } = store;
  const credentials = store.credentials && (await readCredentials(store.credentials.secretArn));
  const client = new S3Client({
    ...CLIENT,
    forcePathStyle: store.pathStyle || (endpoint === undefined && s3Client().forcePathStyle),
    requestHandler: { ...CLIENT.requestHandler, ...(caPem !== undefined && { httpsAgent: { ca: caPem } }) },
    // Other stores do not all know AWS's newer checksums; and what is read in ranges has none as a whole.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    ...(endpoint !== undefined && { endpoint }),
    ...(region !== undefined && { region }),
    ...(credentials !== undefined && { credentials }),
  });
  return namesItsEndpoint(client);
}

async function readCredentials(secretArn: string): Promise<z.infer<typeof Credentials>> {
  const parsed = Credentials.safeParse(parseJson(await readSecretText(secretArn)));
  if (parsed.success) return parsed.data;
  // Only the names of the fields: what zod says of a value might quote it.
  const fields = [...new Set(parsed.error.issues.map((issue) => issue.path.join('.') || 'JSON'))];
  throw new RefusalError(
    `The secret ${secretArn} does not hold {"accessKeyId": …, "secretAccessKey": …}; wrong or missing: ${fields.join(', ')}.`,
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
