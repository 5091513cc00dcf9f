/** Unmodified SDK clients, pointed at a stand-in as a certain caller. */
import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { SchemasClient } from '@aws-sdk/client-schemas';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SNSClient } from '@aws-sdk/client-sns';
import { SSMClient } from '@aws-sdk/client-ssm';
import type { StandIn } from '../../../local/aws/stand-in.ts';

type Options = { maxAttempts?: number };

export function clientSettings(standIn: StandIn, caller: string, options: Options = {}) {
  const { endpoint, region } = standIn;
  return { endpoint, region, credentials: standIn.credentialsFor(caller), maxAttempts: 1, ...options };
}

export function clientsFor(standIn: StandIn, caller = 'tester', options: Options = {}) {
  const settings = clientSettings(standIn, caller, options);
  return {
    s3: new S3Client(settings),
    secrets: new SecretsManagerClient(settings),
    ssm: new SSMClient(settings),
    sns: new SNSClient(settings),
    schemas: new SchemasClient(settings),
    lambda: new LambdaClient(settings),
  };
}

/** What a call that must fail failed with. */
export async function errorOf(
  call: Promise<unknown>,
): Promise<{ name: string; message: string; status?: number | undefined }> {
  try {
    await call;
  } catch (error) {
    const { name, message, $metadata } = error as Error & { $metadata?: { httpStatusCode?: number } };
    return { name, message, status: $metadata?.httpStatusCode };
  }
  throw new Error('the call succeeded, and should have failed');
}
