/** One request to an Akamai API, signed by EdgeGrid, and its answer. */
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import EdgeGrid from 'akamai-edgegrid';
import type { Deadline } from '../../runtime/deadline.ts';
import { RefusalError } from '../../runtime/errors.ts';

/** The four fields of `.edgerc`. */
export type EdgeRc = { client_secret: string; host: string; access_token: string; client_token: string };

export type Asked = { method: 'GET' | 'POST' | 'DELETE'; path: string };
/** `body`: undefined where there is none, or it is not JSON. */
export type Answer = { status: number; at: Date | undefined; body: unknown; retryAfter: string | undefined };
export type Reaching = { deadline: Deadline; caPem?: string | undefined };

/** From the name look-up to the last byte. */
const TIMEOUT_MS = 15_000;
const MOST_TRIES = 3;
const MOST_WAIT_MS = 5_000;
const MOST_BYTES = 2_000_000;

/**
 * Asks again where the API says that it was asked too often, and so has not done it.
 * @throws RefusalError where there is no answer, or one that leads elsewhere
 */
export async function send(as: EdgeRc, asked: Asked, reaching: Reaching): Promise<Answer> {
  for (let tries = 1; ; tries += 1) {
    const answer = await sendOnce(as, asked, reaching);
    if (answer.status !== 429 || tries === MOST_TRIES) return answer;
    const askedMs = Number(answer.retryAfter ?? tries) * 1000;
    await sleep(Math.min(MOST_WAIT_MS, Math.max(0, askedMs || 0)));
  }
}

async function sendOnce(as: EdgeRc, asked: Asked, { deadline, caPem }: Reaching): Promise<Answer> {
  const signal = AbortSignal.timeout(Math.min(TIMEOUT_MS, deadline.workMs()));
  try {
    const incoming = await open(as, asked, { signal, ca: caPem });
    const answer = await read(incoming);
    if (answer.status < 300 || answer.status >= 400) return answer;
  } catch (error) {
    const { code = 'an unknown error' } = error as { code?: string };
    const why = signal.aborted ? 'it took too long' : code;
    throw new RefusalError(`${as.host} could not be asked (${why}).`, { cause: error });
  }
  throw new RefusalError(`${as.host} answers with a redirect, which is not followed.`);
}

type Opening = { signal: AbortSignal; ca: string | undefined };

function open(as: EdgeRc, { method, path }: Asked, { signal, ca }: Opening): Promise<IncomingMessage> {
  const { hostname, port } = new URL(`https://${as.host}`);
  const headers = {
    authorization: authorizationOf(as, { method, path }),
    accept: 'application/json',
    ...(method === 'POST' && { 'content-length': '0' }),
  };
  // A connection of its own: on one that was kept, nobody could tell whether a request that broke off had arrived.
  const how = { agent: false, signal, rejectUnauthorized: true, ...(ca !== undefined && { ca }) };
  return new Promise((resolve, reject) => {
    request({ hostname, port: port || 443, method, path, headers, ...how }, resolve)
      .once('error', reject)
      .end();
  });
}

/** Only the library's signer: its client logs what it sends, and follows redirects with a fresh signature. */
function authorizationOf(as: EdgeRc, { method, path }: Asked): string {
  const signed = { method, path, headers: {} as Record<string, string> };
  EdgeGrid.prototype.auth.call({ config: { ...as, host: `https://${as.host}` } }, signed);
  return signed.headers.Authorization ?? '';
}

async function read(incoming: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MOST_BYTES) throw Object.assign(new Error('the answer is too long'), { code: 'too long an answer' });
    chunks.push(chunk);
  }
  const { date, 'retry-after': retryAfter } = incoming.headers;
  return {
    status: incoming.statusCode ?? 0,
    at: date === undefined ? undefined : new Date(date),
    body: parseJson(Buffer.concat(chunks).toString()),
    retryAfter,
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
