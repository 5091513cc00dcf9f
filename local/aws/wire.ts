/** What travels over HTTP, after the body has been read and before any service has looked at it. */
import type { IncomingMessage } from 'node:http';

/** `path` and `rawQuery` are exactly what the client sent, because the signature was made over those bytes. */
export type WireRequest = {
  method: string;
  path: string;
  rawQuery: string;
  query: Map<string, string>;
  headers: Record<string, string>;
  body: Buffer;
};

export type WireResponse = {
  status: number;
  headers?: Record<string, string>;
  body?: string | Buffer;
  /** The connection breaks after so many bytes of the body. */
  cutAfterBytes?: number;
};

/** Reads the whole request; rejects when the client goes away before its body is complete. */
export async function readRequest(incoming: IncomingMessage): Promise<WireRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  // Not `new URL()`: it would fold `..` and `//`, which are ordinary characters of an object key.
  const [path = '', rawQuery = ''] = splitOnce(incoming.url ?? '/', '?');
  return {
    method: incoming.method ?? '',
    path,
    rawQuery,
    query: new Map(queryPairs(rawQuery)),
    headers: Object.fromEntries(Object.entries(incoming.headers).map(([name, value]) => [name, String(value)])),
    body: Buffer.concat(chunks),
  };
}

/** Name and value of each parameter, decoded. A plus sign stays one: SigV4 clients write a space as `%20`. */
export function queryPairs(rawQuery: string): [string, string][] {
  return rawQuery
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const [name = '', value = ''] = splitOnce(pair, '=');
      return [decodeURIComponent(name), decodeURIComponent(value)];
    });
}

/** Header values by name in lower case, for those whose name begins with `prefix`. */
export function headersWithPrefix(request: WireRequest, prefix: string): Record<string, string> {
  return Object.fromEntries(Object.entries(request.headers).filter(([name]) => name.startsWith(prefix)));
}

function splitOnce(text: string, separator: string): string[] {
  const at = text.indexOf(separator);
  return at === -1 ? [text] : [text.slice(0, at), text.slice(at + separator.length)];
}
