/** A stand-in for Akamai's API at one API client's own host, over TLS, on a free port of 127.0.0.1. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { makeCertificates } from '../postgres/certificates.ts';
import { type Answer, answer } from './api-clients.ts';
import { type ApiClient, type Credential, createApiClient } from './credential-store.ts';
import { ProblemError } from './problem.ts';
import { createVerifier, type Verifier } from './signature.ts';
import { createStrikes, type Strikes } from './strikes.ts';

type EdgeRc = { client_secret: string; host: string; access_token: string; client_token: string };

export type Akamai = Strikes & {
  /** As `.edgerc` spells it. */
  host: string;
  caPem: string;
  client: ApiClient;
  edgeRcOf(credential: Credential): EdgeRc;
  /** Whether whoever has this may come in, without asking. */
  letsIn(edgeRc: Record<string, unknown>): boolean;
  /** How far its clock is ahead of this machine's. */
  skew(byMs: number): void;
  /** Everything that was ever sent to it, as text. */
  heard(): string;
  /** Rejects if it was asked for what it does not model. */
  stop(): Promise<void>;
};

export async function startAkamai(): Promise<Akamai> {
  const { caPem, certPem: cert, keyPem: key } = await makeCertificates();
  let skewMs = 0;
  const now = () => Date.now() + skewMs;
  const client = createApiClient(now);
  const { strikes, arrive, isDead } = createStrikes();
  const defects: unknown[] = [];
  const heard: string[] = [];
  const serving = { client, arrive, now, onDefect: (error: unknown) => defects.push(error) };
  const server = createServer({ cert, key });
  server.on('connection', (socket) => {
    if (isDead()) socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const verify = createVerifier(client, { host, now });
  server.on('request', (request, response) => {
    heard.push(JSON.stringify([request.method, request.url, request.rawHeaders]));
    if (isDead()) request.socket.destroy();
    else serve({ ...serving, verify }, request, response);
  });
  return {
    ...strikes,
    die: async () => {
      await strikes.die();
      server.closeAllConnections();
    },
    host,
    caPem,
    client,
    edgeRcOf: ({ clientSecret, clientToken }) => ({
      client_secret: clientSecret,
      host,
      access_token: client.accessToken,
      client_token: clientToken,
    }),
    letsIn: ({ client_token: token, client_secret: secret, access_token: access }) => {
      const credential = client.find(String(token));
      return credential?.status === 'ACTIVE' && credential.clientSecret === secret && access === client.accessToken;
    },
    skew: (byMs) => {
      skewMs = byMs;
    },
    heard: () => heard.join('\n'),
    stop: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
      if (defects.length > 0) throw new AggregateError(defects, 'Akamai was asked for what it does not model');
    },
  };
}

type Serving = {
  client: ApiClient;
  verify: Verifier;
  now(): number;
  arrive: ReturnType<typeof createStrikes>['arrive'];
  onDefect(error: unknown): void;
};

function serve(serving: Serving, request: IncomingMessage, response: ServerResponse): void {
  const { method = '', url = '' } = request;
  const struck = serving.arrive(`${method} ${url}`);
  const answered = struck.lost === 'before' ? undefined : (struck.answer ?? carryOut(serving, request));
  if (answered === undefined || struck.lost) {
    struck.onStruck?.();
    request.socket.destroy();
    return;
  }
  const { status, body, headers } = answered;
  const text = body === undefined ? '' : JSON.stringify(body);
  const type = status < 400 ? 'application/json' : 'application/problem+json';
  const date = new Date(serving.now()).toUTCString();
  response.writeHead(status, { date, ...(text && { 'content-type': type }), ...headers }).end(text);
}

function carryOut({ client, verify, onDefect }: Serving, request: IncomingMessage): Answer {
  const { method = '', url = '' } = request;
  try {
    verify(request);
    return answer(client, { method, url });
  } catch (error) {
    if (error instanceof ProblemError)
      return { status: error.status, body: { ...error.problem, status: error.status } };
    onDefect(error);
    return { status: 501, body: { title: 'not modelled', detail: String(error) } };
  }
}
