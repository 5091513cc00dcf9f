/**
 * Verifies how a request is signed, by this side's own reading of Akamai's specification of EG1-HMAC-SHA256. A request that is turned
 * away gets the answer that Akamai documents, or that its users have published.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { ApiClient, Credential } from './credential-store.ts';
import { ProblemError } from './problem.ts';

const HEADER =
  /^EG1-HMAC-SHA256 (client_token=([^;]+);access_token=([^;]+);timestamp=([^;]+);nonce=([^;]+);)signature=([A-Za-z0-9+/]{43}=)$/;
const TIMESTAMP = /^(\d{4})(\d\d)(\d\d)T(\d\d):(\d\d):(\d\d)\+0000$/;
const TOLERANCE_MS = 30_000;

const malformed = (detail: string) =>
  new ProblemError(400, { type: '/-/pep-authn/request-error', title: 'Bad request', detail });
const denied = (detail: string) =>
  new ProblemError(401, { type: '/-/pep-authn/deny', title: 'Not authorized', detail });

export type Verifier = (request: IncomingMessage) => Credential;

/** @throws ProblemError from what it returns */
export function createVerifier(client: ApiClient, of: { host: string; now: () => number }): Verifier {
  const nonces = new Set<string>();
  return (request) => {
    const signed = readHeader(request, of.host);
    const { timestamp, nonce, signature } = signed;
    if (!(Math.abs(millisecondsOf(timestamp) - of.now()) <= TOLERANCE_MS)) throw malformed('Invalid timestamp');
    const credential = lookUp(client, signed);
    const wanted = sign(signed, { request, host: of.host, secret: credential.clientSecret });
    if (!timingSafeEqual(Buffer.from(signature), Buffer.from(wanted))) throw denied('The signature does not match');
    if (nonces.has(nonce)) throw malformed('Duplicate nonce');
    nonces.add(nonce);
    return credential;
  };
}

type Signed = Record<'pairs' | 'clientToken' | 'accessToken' | 'timestamp' | 'nonce' | 'signature', string>;

function readHeader({ headers }: IncomingMessage, host: string): Signed {
  if (headers.host !== host) throw malformed('Invalid host');
  const parts = HEADER.exec(headers.authorization ?? '');
  if (parts === null) throw malformed('Invalid authorization header');
  const [, pairs = '', clientToken = '', accessToken = '', timestamp = '', nonce = '', signature = ''] = parts;
  return { pairs, clientToken, accessToken, timestamp, nonce, signature };
}

function lookUp(client: ApiClient, { clientToken, accessToken }: Signed): Credential {
  if (accessToken !== client.accessToken) throw malformed('Invalid authorization access token');
  const credential = client.find(clientToken);
  if (credential === undefined || credential.status === 'DELETED')
    throw malformed('Invalid authorization client token');
  if (!client.letsIn(credential)) throw denied('Inactive client token');
  return credential;
}

/** No header is signed, and no request that is modelled has a body. */
function sign(
  { pairs, timestamp }: Signed,
  { request, host, secret }: { request: IncomingMessage; host: string; secret: string },
): string {
  const hmac = (key: string, text: string) => createHmac('sha256', key).update(text).digest('base64');
  const data = [request.method, 'https', host, request.url, '', '', `EG1-HMAC-SHA256 ${pairs}`].join('\t');
  return hmac(hmac(secret, timestamp), data);
}

function millisecondsOf(timestamp: string): number {
  const [, year, month, day, hour, minute, second] = (TIMESTAMP.exec(timestamp) ?? []).map(Number);
  return Date.UTC(year ?? Number.NaN, (month ?? 0) - 1, day, hour, minute, second);
}
