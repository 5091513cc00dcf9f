/** The content of an upload: taken out of its transfer encoding, and held against every digest that came with it. */
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { NotModelledError, ServiceError } from './service-error.ts';
import type { WireRequest } from './wire.ts';

const CRC32 = 'x-amz-checksum-crc32';

/** Throws IncompleteBody, BadDigest or InvalidDigest, and NotModelledError for a kind of upload it has not been taught. */
export function uploadedContent(request: WireRequest, operation: string): Buffer {
  const declared = request.headers['x-amz-content-sha256'] ?? '';
  const isChunked = declared === 'STREAMING-UNSIGNED-PAYLOAD-TRAILER';
  if (!isChunked && !/^[0-9a-f]{64}$/.test(declared)) {
    throw new NotModelledError(operation, `x-amz-content-sha256 ${declared}`);
  }
  const { content, trailers } = isChunked ? decodeChunks(request.body) : { content: request.body, trailers: {} };
  checkLength(request, content);
  checkDigests({ ...request.headers, ...trailers }, content);
  return content;
}

/** `aws-chunked`: each chunk after its length in hexadecimal, an empty one last, then trailing headers. */
function decodeChunks(body: Buffer): { content: Buffer; trailers: Record<string, string> } {
  const chunks: Buffer[] = [];
  let at = 0;
  for (;;) {
    const lineEnd = body.indexOf('\r\n', at);
    const length = lineEnd === -1 ? '' : body.toString('latin1', at, lineEnd);
    if (!/^[0-9a-f]+$/i.test(length)) throw incomplete('a chunk does not begin with its length');
    const start = lineEnd + 2;
    const end = start + Number.parseInt(length, 16);
    if (end === start)
      return { content: Buffer.concat(chunks), trailers: readTrailers(body.toString('latin1', start)) };
    if (body.toString('latin1', end, end + 2) !== '\r\n') throw incomplete('a chunk is not as long as it says');
    chunks.push(body.subarray(start, end));
    at = end + 2;
  }
}

function readTrailers(text: string): Record<string, string> {
  const lines = text.split('\r\n').filter((line) => line !== '');
  return Object.fromEntries(
    lines.map((line) => {
      const at = line.indexOf(':');
      return [line.slice(0, at).toLowerCase(), line.slice(at + 1).trim()];
    }),
  );
}

function checkLength(request: WireRequest, content: Buffer): void {
  const declared = request.headers['x-amz-decoded-content-length'];
  if (declared !== undefined && Number(declared) !== content.length) {
    throw incomplete(`${declared} bytes were announced and ${content.length} came`);
  }
}

function checkDigests(headers: Record<string, string>, content: Buffer): void {
  const promised = headers['x-amz-trailer'];
  if (promised !== undefined && headers[promised] === undefined) {
    throw new ServiceError({ code: 'MalformedTrailerError', status: 400 }, `the trailer ${promised} did not come`);
  }
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(content));
  checkDigest('CRC32', headers[CRC32], checksum);
  checkDigest('Content-MD5', headers['content-md5'], createHash('md5').update(content).digest());
}

function checkDigest(kind: string, given: string | undefined, calculated: Buffer): void {
  if (given === undefined) return;
  const bytes = Buffer.from(given, 'base64');
  if (bytes.length !== calculated.length) {
    throw new ServiceError({ code: 'InvalidDigest', status: 400 }, `the ${kind} you specified is not valid`);
  }
  if (bytes.equals(calculated)) return;
  throw new ServiceError({ code: 'BadDigest', status: 400 }, `the ${kind} you specified did not match the content`);
}

function incomplete(message: string): ServiceError {
  return new ServiceError({ code: 'IncompleteBody', status: 400 }, message);
}
