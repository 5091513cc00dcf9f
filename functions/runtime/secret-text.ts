/** The text of one secret. */
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { CLIENT, namesItsEndpoint } from './aws.ts';
import { describe, RefusalError } from './errors.ts';

/** @throws RefusalError naming the secret, never its value */
export async function readSecretText(secretArn: string): Promise<string> {
  try {
    const client = namesItsEndpoint(new SecretsManagerClient(CLIENT));
    const answer = await client.send(new GetSecretValueCommand({ SecretId: secretArn }));
    return answer.SecretString ?? '';
  } catch (error) {
    throw new RefusalError(`The secret ${secretArn} cannot be read: ${describe(error)}`, { cause: error });
  }
}
