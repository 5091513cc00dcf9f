/** Whose request this is, or the error with which the service that it is meant for turns it away. */
import type { CredentialStore } from './credentials.ts';
import type { Estate, Refusal, Service } from './service.ts';
import { ServiceError } from './service-error.ts';
import { type Authorization, signatureFault, signingTime } from './signature.ts';
import type { WireRequest } from './wire.ts';

const MAX_SKEW_MS = 15 * 60 * 1000;

type Attempt = { request: WireRequest; authorization: Authorization; service: Service };

/** The caller that the key was issued to. Throws the service's own error for a bad key, time or signature. */
export function authenticate(attempt: Attempt, credentials: CredentialStore, estate: Estate): string {
  const { request, authorization, service } = attempt;
  const known = credentials.find(authorization.accessKeyId);
  if (known === undefined) throw refuse(service, 'unknownKey', 'the access key id you provided does not exist');
  if (request.headers['x-amz-security-token'] !== undefined) {
    throw refuse(service, 'unknownKey', 'this access key id has no session token; unset AWS_SESSION_TOKEN');
  }
  if (authorization.region !== estate.region && !service.isInEveryRegion) {
    throw refuse(service, 'badSignature', `signed for region ${authorization.region}; this is ${estate.region}`);
  }
  const fault = signatureFault(request, authorization, known.secretAccessKey);
  if (fault !== undefined) throw refuse(service, 'badSignature', fault);
  checkTime(attempt, estate.clock.now());
  return known.caller;
}

function checkTime({ request, service }: Attempt, now: Date): void {
  const signedAt = signingTime(request);
  if (signedAt === undefined) {
    throw refuse(service, 'badSignature', 'x-amz-date is missing or malformed');
  }
  if (Math.abs(signedAt.getTime() - now.getTime()) <= MAX_SKEW_MS) return;
  // S3's error carries the server's time; for the other services a client takes it from the Date header.
  const details = {
    RequestTime: request.headers['x-amz-date'] ?? '',
    ServerTime: now.toISOString(),
    MaxAllowedSkewMilliseconds: String(MAX_SKEW_MS),
  };
  const message = 'the difference between the request time and the current time is too large';
  throw new ServiceError({ ...service.refusals.skewed, details }, message);
}

function refuse(service: Service, refusal: Refusal, message: string): ServiceError {
  return new ServiceError(service.refusals[refusal], message);
}
