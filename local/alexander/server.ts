/**
 * Alexander Storage as its users see it: S3 over TLS, for keys that are looked up in its table and opened with its master key. Like the
 * real one, it says of a key that is off, over or unreadable, and of every key while its database is away, that there is no such key.
 * Written from the format, not with the functions' own code: a mistake that both sides share would otherwise pass.
 */
import { createDecipheriv } from 'node:crypto';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import pg from 'pg';
import { parseAuthorization, signatureFault, signingTime } from '../aws/signature.ts';
import { readRequest, type WireRequest } from '../aws/wire.ts';
import { element, xmlDocument } from '../aws/xml.ts';
import type { KeyShape } from './schema.ts';

type ErrorAnswer = { status: number; code: string };

export type AlexanderServer = {
  endpoint: string;
  /** Every later request gets this error; undefined ends that. */
  answerWith(error: ErrorAnswer | undefined): void;
  /** What only this key does not see. */
  hideFrom(keyId: string, bucket: string): void;
  /** Goes on to let keys in that it has seen, whatever becomes of their rows, as a cache would. */
  remember(isOn: boolean): void;
  stop(): Promise<void>;
};

type Options = {
  owner: pg.ClientConfig;
  shape: KeyShape;
  masterKey: Buffer;
  certificates: { certPem: string; keyPem: string };
  /** By the name of the user whose they are. */
  buckets: Record<string, string[]>;
};

type Key = { username: string; secret: string };
type State = Options & {
  pool: pg.Pool;
  error: ErrorAnswer | undefined;
  hidden: Set<string>;
  /** Undefined while nothing is remembered. */
  seen: Map<string, Key> | undefined;
};

const MAX_SKEW_MS = 15 * 60 * 1000;

export async function startAlexander(options: Options): Promise<AlexanderServer> {
  const pool = new pg.Pool({ ...options.owner, max: 4 });
  pool.on('error', () => {});
  const state: State = { ...options, pool, error: undefined, hidden: new Set(), seen: undefined };
  const { certPem: cert, keyPem: key } = options.certificates;
  const server = createServer({ cert, key }, (incoming, outgoing) => {
    const answered = readRequest(incoming).then((request) => answer(state, request));
    void answered.then(
      ({ status, body }) => outgoing.writeHead(status, { 'content-type': 'application/xml' }).end(body),
      () => incoming.socket.destroy(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    answerWith: (error) => {
      state.error = error;
    },
    hideFrom: (keyId, bucket) => void state.hidden.add(`${keyId}/${bucket}`),
    remember: (isOn) => {
      state.seen = isOn ? new Map() : undefined;
    },
    stop: () => stop(server, pool),
  };
}

type Answer = { status: number; body: string };

async function answer(state: State, request: WireRequest): Promise<Answer> {
  if (state.error) return refusal(state.error.code, state.error.status);
  const authorization = parseAuthorization(request.headers.authorization);
  if (authorization?.service !== 's3') return refusal('AccessDenied');
  const signedAt = signingTime(request)?.getTime() ?? 0;
  if (Math.abs(signedAt - Date.now()) > MAX_SKEW_MS) return refusal('RequestTimeTooSkewed');
  const { accessKeyId } = authorization;
  const key = state.seen?.get(accessKeyId) ?? (await findKey(state, accessKeyId).catch(() => undefined));
  if (key === undefined) return refusal('InvalidAccessKeyId');
  if (signatureFault(request, authorization, key.secret)) return refusal('SignatureDoesNotMatch');
  state.seen?.set(accessKeyId, key);
  await state.pool.query('UPDATE access_keys SET last_used_at = now() WHERE access_key_id = $1', [accessKeyId]);
  return route(state, request, { ...key, keyId: accessKeyId });
}

const USABLE = {
  boolean: 'k.is_active',
  word: `k.status = 'Active' AND (k.expires_at IS NULL OR k.expires_at > now())`,
};

async function findKey({ pool, shape, masterKey }: State, keyId: string): Promise<Key | undefined> {
  const found = await pool.query<{ username: string; sealed: string }>(
    `SELECT u.username, k.encrypted_secret AS sealed FROM access_keys k JOIN users u ON u.id = k.user_id
      WHERE k.access_key_id = $1 AND ${USABLE[shape]}`,
    [keyId],
  );
  const [row] = found.rows;
  return row && { username: row.username, secret: open(row.sealed, masterKey) };
}

/** Twelve bytes of nonce before, sixteen of tag behind. Throws for what was sealed under another key. */
function open(sealed: string, masterKey: Buffer): string {
  const bytes = Buffer.from(sealed, 'base64');
  const decipher = createDecipheriv('aes-256-gcm', masterKey, bytes.subarray(0, 12));
  decipher.setAuthTag(bytes.subarray(bytes.length - 16));
  return decipher.update(bytes.subarray(12, bytes.length - 16), undefined, 'utf8') + decipher.final('utf8');
}

function route(
  { buckets, hidden }: State,
  { method, path, query }: WireRequest,
  { username, keyId }: { username: string; keyId: string },
): Answer {
  const seen = (buckets[username] ?? []).filter((bucket) => !hidden.has(`${keyId}/${bucket}`));
  if (method !== 'GET') return refusal('NotImplemented', 501);
  if (path === '/') return { status: 200, body: bucketList(seen) };
  const bucket = path.replaceAll('/', '');
  if (query.get('list-type') !== '2') return refusal('NotImplemented', 501);
  if (!seen.includes(bucket)) return refusal('AccessDenied');
  return { status: 200, body: xmlDocument('ListBucketResult', element('Name', bucket) + element('KeyCount', 0)) };
}

function bucketList(names: string[]): string {
  const all = names.map(
    (name) => `<Bucket>${element('Name', name)}${element('CreationDate', '2026-01-01T00:00:00.000Z')}</Bucket>`,
  );
  return xmlDocument('ListAllMyBucketsResult', `<Buckets>${all.join('')}</Buckets>`);
}

function refusal(code: string, status = 403): Answer {
  return { status, body: xmlDocument('Error', element('Code', code) + element('Message', code)) };
}

async function stop(server: Server, pool: pg.Pool): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  await closed;
  await pool.end();
}
