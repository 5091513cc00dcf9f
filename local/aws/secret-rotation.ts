/** What Secrets Manager does by itself when a secret is rotated: a version without a value, and four calls of a function. */
import type { FunctionStore } from './lambda.ts';
import type { Secret, SecretStore } from './secret-store.ts';
import type { Estate } from './service.ts';
import { ServiceError } from './service-error.ts';

const STEPS = ['createSecret', 'setSecret', 'testSecret', 'finishSecret'] as const;

type Rotating = { estate: Estate; secrets: SecretStore; functions: FunctionStore };

/** @returns the new version's id, at once; the steps follow, each when the one before has returned, until one fails */
export function rotate({ estate, secrets, functions }: Rotating, secret: Secret, token: string): string {
  const { rotation } = secret;
  if (rotation === undefined) throw refused('InvalidRequestException', 'No Lambda rotation function ARN is associated');
  const pending = secret.versions.find(({ stages }) => stages.includes('AWSPENDING'));
  if (pending && pending.id !== token && !pending.stages.includes('AWSCURRENT')) {
    throw refused('InvalidRequestException', `A previous rotation isn't complete: ${pending.id} is pending`);
  }
  const run = functions.find(rotation.functionName);
  if (run === undefined) throw refused('ResourceNotFoundException', `no function ${rotation.functionName}`);
  if (pending === undefined || pending.id !== token) secrets.put(secret, { id: token, stages: ['AWSPENDING'] });
  const call = async () => {
    for (const Step of STEPS) {
      const event = { Step, SecretId: secret.arn, ClientRequestToken: token, RotationToken: `proof-${token}` };
      await run(event, rotation.qualifier);
    }
    secret.rotatedAt = estate.clock.now();
  };
  // Whoever asked is not told how it went: that is seen from the versions.
  void call().catch(() => {});
  return token;
}

function refused(code: string, message: string): ServiceError {
  return new ServiceError({ code, status: 400 }, message);
}
