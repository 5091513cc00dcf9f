/** How every AWS client of a function is set up: bounded waits, patient retries, and errors that name the endpoint. */

/** A VPC without the endpoint that a function needs drops packets silently; 3 s is long for a connection inside a region. */
const CONNECTION_TIMEOUT_MS = 3_000;
/** No byte for this long means a dead peer; the longest pause of a working one is S3 finishing a large object. */
const SILENCE_TIMEOUT_MS = 20_000;

/**
 * Four attempts with the SDK's exponential back-off and full jitter wait at most 7 s for a service that throttles, which fits into
 * the time that is kept to report; then its own error. A fifth would wait up to 15 s.
 */
export const CLIENT = {
  maxAttempts: 4,
  retryMode: 'standard',
  requestHandler: { connectionTimeout: CONNECTION_TIMEOUT_MS, socketTimeout: SILENCE_TIMEOUT_MS },
} as const;

/** S3-compatible stores rarely have a DNS name for each bucket, and AWS itself never needs an endpoint to be set. */
export function s3Client() {
  return { ...CLIENT, forcePathStyle: Boolean(process.env.AWS_ENDPOINT_URL ?? process.env.AWS_ENDPOINT_URL_S3) };
}

/** The part of the SDK's middleware stack that is used here; its own types differ from client to client. */
type Client = { middlewareStack: { add(middleware: Middleware, options: { step: 'build'; name: string }): void } };
type Middleware = (next: (args: never) => Promise<unknown>) => (args: never) => Promise<unknown>;

const NO_CONNECTION = new Set([
  'TimeoutError',
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);

/** Makes a client's connection errors say which host was not reached, and what usually is missing. */
export function namesItsEndpoint<C extends object>(client: C): C {
  (client as unknown as Client).middlewareStack.add(
    (next) => async (args) => {
      try {
        return await next(args);
      } catch (error) {
        throw named(error, (args as { request?: { hostname?: string } }).request?.hostname);
      }
    },
    { step: 'build', name: 'namesItsEndpoint' },
  );
  return client;
}

function named(error: unknown, host = 'an AWS endpoint'): unknown {
  if (!(error instanceof Error)) return error;
  const { code = '' } = error as { code?: string };
  if (!NO_CONNECTION.has(error.name) && !NO_CONNECTION.has(code)) return error;
  const advice = 'In a VPC without a NAT gateway, each AWS service needs a VPC endpoint.';
  return new Error(`${host} could not be reached (${code || error.name}). ${advice}`, { cause: error });
}
