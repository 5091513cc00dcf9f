/** AWS Signature Version 4, checked from the server's side and written from its specification, not with the SDK's signer:
 * a mistake that both sides share would otherwise pass. */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { queryPairs, type WireRequest } from './wire.ts';

export type Authorization = {
  accessKeyId: string;
  /** `yyyymmdd`. */
  date: string;
  region: string;
  service: string;
  signedHeaders: string[];
  signature: string;
};

const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/;

/** The parts of the Authorization header, or undefined where there is none of this form. */
export function parseAuthorization(header: string | undefined): Authorization | undefined {
  const match = AUTHORIZATION.exec(header ?? '');
  if (match === null) return undefined;
  const [, accessKeyId = '', date = '', region = '', service = '', signedHeaders = '', signature = ''] = match;
  return { accessKeyId, date, region, service, signedHeaders: signedHeaders.split(';'), signature };
}

/** The time that a request was signed at, from `x-amz-date` (`yyyymmddThhmmssZ`); undefined when that is missing or odd. */
export function signingTime(request: WireRequest): Date | undefined {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(request.headers['x-amz-date'] ?? '');
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second] = match;
  return new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}

/** One sentence on why the signature does not hold, or undefined when it does. */
export function signatureFault(
  request: WireRequest,
  authorization: Authorization,
  secretAccessKey: string,
): string | undefined {
  const unsigned = headersLeftUnsigned(request, authorization);
  if (unsigned !== undefined) return `header ${unsigned} is present in the request but was not signed`;
  const expected = Buffer.from(expectedSignature(request, authorization, secretAccessKey), 'hex');
  if (!timingSafeEqual(expected, Buffer.from(authorization.signature, 'hex'))) {
    return 'the request signature we calculated does not match the signature you provided';
  }
  return bodyHashFault(request);
}

/** AWS requires `host` and every `x-amz-` header to be signed; else one could be changed on the way. */
function headersLeftUnsigned(request: WireRequest, { signedHeaders }: Authorization): string | undefined {
  const mustBeSigned = Object.keys(request.headers).filter((name) => name === 'host' || name.startsWith('x-amz-'));
  return mustBeSigned.find((name) => !signedHeaders.includes(name));
}

function bodyHashFault(request: WireRequest): string | undefined {
  const declared = request.headers['x-amz-content-sha256'];
  const isHash = declared !== undefined && /^[0-9a-f]{64}$/.test(declared);
  if (isHash && declared !== sha256(request.body)) return 'x-amz-content-sha256 does not match the body';
  return undefined;
}

function expectedSignature(request: WireRequest, authorization: Authorization, secretAccessKey: string): string {
  const { date, region, service } = authorization;
  const scope = `${date}/${region}/${service}/aws4_request`;
  const toSign = [
    'AWS4-HMAC-SHA256',
    request.headers['x-amz-date'],
    scope,
    sha256(canonicalRequest(request, authorization)),
  ].join('\n');
  const signingKey = [date, region, service, 'aws4_request'].reduce<Buffer>(
    hmac,
    Buffer.from(`AWS4${secretAccessKey}`),
  );
  return hmac(signingKey, toSign).toString('hex');
}

function canonicalRequest(request: WireRequest, { signedHeaders, service }: Authorization): string {
  // S3 signs the path as it was sent; every other service signs it encoded once more.
  const path = service === 's3' ? request.path : request.path.split('/').map(encodeRfc3986).join('/');
  const headers = signedHeaders.map((name) => `${name}:${(request.headers[name] ?? '').trim().replace(/ +/g, ' ')}\n`);
  const bodyHash = request.headers['x-amz-content-sha256'] ?? sha256(request.body);
  const query = canonicalQuery(request.rawQuery);
  return [request.method, path, query, headers.join(''), signedHeaders.join(';'), bodyHash].join('\n');
}

function canonicalQuery(rawQuery: string): string {
  return queryPairs(rawQuery)
    .map(([name, value]) => `${encodeRfc3986(name)}=${encodeRfc3986(value)}`)
    .sort()
    .join('&');
}

function encodeRfc3986(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}

function sha256(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}

function hmac(key: Buffer, data: string): Buffer {
  return createHmac('sha256', key).update(data).digest();
}
