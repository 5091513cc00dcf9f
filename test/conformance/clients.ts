/** Clients for whatever endpoint and credentials the environment names, and names that nobody else uses. */
import { randomBytes } from 'node:crypto';
import { S3Client } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SNSClient } from '@aws-sdk/client-sns';
import { SSMClient } from '@aws-sdk/client-ssm';

// Path style, because the wildcard names of virtual hosts do not resolve for an emulator on localhost.
export const s3 = new S3Client({ forcePathStyle: true });
export const secrets = new SecretsManagerClient({});
export const ssm = new SSMClient({});
export const sns = new SNSClient({});

export function uniqueName(): string {
  return `nightshift-conformance-${randomBytes(6).toString('hex')}`;
}

/** Name and HTTP status of the error that a call fails with; `undefined` where it succeeds. */
export async function refusalOf(
  call: Promise<unknown>,
): Promise<{ name: string; status?: number | undefined } | undefined> {
  try {
    await call;
    return undefined;
  } catch (error) {
    const { name, $metadata } = error as Error & { $metadata?: { httpStatusCode?: number } };
    return { name, status: $metadata?.httpStatusCode };
  }
}
