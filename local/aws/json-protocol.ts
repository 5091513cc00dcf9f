/** JSON as AWS speaks it: JSON 1.1 (the operation in a header) and REST JSON (the operation in the path). */
import { ServiceError } from './service-error.ts';
import type { WireRequest, WireResponse } from './wire.ts';

export type JsonObject = Record<string, unknown>;

/** The request's body. Throws SerializationException for anything but one JSON object. */
export function parseJsonObject(request: WireRequest): JsonObject {
  try {
    const parsed: unknown = JSON.parse(request.body.toString('utf8'));
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return parsed as JsonObject;
  } catch {
    // Told below, in the service's words.
  }
  throw new ServiceError({ code: 'SerializationException', status: 400 }, 'the body is not a JSON object');
}

/** A required, non-empty string member. Throws ValidationException naming it. */
export function requiredString(input: JsonObject, name: string): string {
  const value = input[name];
  if (typeof value === 'string' && value !== '') return value;
  throw new ServiceError(
    { code: 'ValidationException', status: 400 },
    `${name} must be a string of at least one character`,
  );
}

/** JSON 1.1 answers every error with its name in `__type`. */
export function json11Error(error: ServiceError): WireResponse {
  return json11({ __type: error.code, message: error.message }, error.status);
}

export function json11(body: JsonObject, status = 200): WireResponse {
  return { status, headers: { 'content-type': 'application/x-amz-json-1.1' }, body: JSON.stringify(body) };
}

/** REST JSON names an error in a header. */
export function restJsonError(error: ServiceError): WireResponse {
  const response = restJson({ Code: error.code, Message: error.message }, error.status);
  return { ...response, headers: { ...response.headers, 'x-amzn-errortype': error.code } };
}

export function restJson(body: JsonObject, status = 200): WireResponse {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

/** Seconds since 1970, as JSON 1.1 writes a time. */
export function epochSeconds(date: Date): number {
  return date.getTime() / 1000;
}
