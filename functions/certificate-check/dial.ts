/** The one place that opens sockets: to one address, for one handshake, in one bounded time. */
import { constants, type X509Certificate } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { createSecureContext, connect as secure, type TLSSocket } from 'node:tls';
import type { Endpoint } from './contract.ts';
import { DialError } from './dial-error.ts';
import { askPostgres, askSmtp } from './starttls.ts';

export type Target = {
  address: string;
  port: number;
  /** Undefined where no name is asked for. */
  sni: string | undefined;
  protocol: Endpoint['protocol'];
  timeoutMs: number;
};

/** What the server showed, in the order it was sent; the first certificate is its own. */
export type Shown = { chain: X509Certificate[]; tls: string };

/**
 * One for all connections: making it is most of what a connection would cost. It trusts nobody, because certificates are verified
 * afterwards by chain.ts, and it also speaks what is no longer safe, so that this is found and not just refused. Nothing is ever
 * sent over these connections.
 */
const CONTEXT = createSecureContext({
  ca: [],
  minVersion: 'TLSv1',
  ciphers: 'DEFAULT@SECLEVEL=0',
  // Without a key of ML-KEM for each connection, which is a good part of what a handshake costs.
  ecdhCurve: 'X25519:P-256:X448:P-384:P-521:ffdhe2048:ffdhe3072',
  secureOptions: constants.SSL_OP_LEGACY_SERVER_CONNECT,
});

/** @throws DialError, within `timeoutMs`, whatever the other side does or does not do */
export async function dial(target: Target): Promise<Shown> {
  const socket = connect({ host: target.address, port: target.port });
  let reached = false;
  socket.once('connect', () => {
    reached = true;
  });
  try {
    return await within(target.timeoutMs, () => reached, handshake(socket, target));
  } catch (error) {
    throw error instanceof DialError ? error : new DialError(...meaningOf(error, reached));
  } finally {
    socket.destroySoon();
    // The goodbye is polite, and a peer that does not read must not keep it waiting.
    const timer = setTimeout(() => socket.destroy(), GOODBYE_MS).unref();
    socket.once('close', () => clearTimeout(timer));
  }
}

const GOODBYE_MS = 100;

async function handshake(socket: Socket, { protocol, sni }: Target): Promise<Shown> {
  await connected(socket);
  if (protocol === 'postgres') await askPostgres(socket);
  if (protocol === 'smtp') await askSmtp(socket);
  const tls = secure({
    socket,
    secureContext: CONTEXT,
    rejectUnauthorized: false,
    requestOCSP: true,
    ...(sni !== undefined && { servername: sni }),
  });
  try {
    return await shown(tls);
  } finally {
    tls.on('error', () => {});
    tls.destroySoon();
  }
}

function connected(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    // Stays for good: an error after the end of the handshake is nobody's business, and must not end the process.
    socket.on('error', reject);
    socket.once('connect', resolve);
  });
}

/**
 * Node asks OpenSSL for a stapled answer here only because it then calls back as soon as the certificates are there: a server that
 * goes on to demand a certificate of ours would refuse us before `secureConnect`, and its own must be judged all the same.
 */
function shown(tls: TLSSocket): Promise<Shown> {
  return new Promise((resolve, reject) => {
    let seen: Shown | undefined;
    const read = () => {
      // Once only: Node takes the certificates out of OpenSSL's own list as it reads them.
      seen ??= { chain: chainOf(tls), tls: tls.getProtocol() ?? 'unknown' };
      return seen;
    };
    tls.once('OCSPResponse', read);
    tls.once('secureConnect', () => resolve(read()));
    tls.once('error', (error) => (seen && isTheirRefusal(error) ? resolve(seen) : reject(error)));
    tls.once('close', () => reject(new DialError('unreachable', 'it closed the connection before TLS began')));
  });
}

function chainOf(tls: TLSSocket): X509Certificate[] {
  const chain: X509Certificate[] = [];
  for (let next = tls.getPeerX509Certificate(); next !== undefined; next = next.issuerCertificate) chain.push(next);
  return chain;
}

type Coded = Error & { code?: string };

/** An alert that the other side sent, or a connection that it cut. What we refuse ourselves, such as a false signature, is not. */
function isTheirRefusal({ code = '' }: Coded): boolean {
  return code.includes('_ALERT_') || code === 'ECONNRESET' || code === 'EPIPE';
}

function meaningOf(error: unknown, reached: boolean): ConstructorParameters<typeof DialError> {
  const { code = 'an unknown error', message } = error as Coded;
  if (!reached) return ['unreachable', `no connection (${code})`];
  if (code === 'ECONNRESET' || code === 'EPIPE') return ['unreachable', 'it cut the connection before TLS began'];
  if (code.includes('UNRECOGNIZED_NAME')) return ['unknown name', 'it knows no such server name'];
  if (code.includes('_ALERT_')) return ['handshake refused', reasonOf(code)];
  if (/SIGNATURE|DIGEST|DH_KEY|UNSUPPORTED_PROTOCOL|CERTIFICATE/.test(code))
    return ['handshake refused', reasonOf(code)];
  const isPlain = /WRONG_VERSION_NUMBER|HTTP_REQUEST|PACKET_LENGTH_TOO_LONG/.test(code);
  return isPlain
    ? ['no TLS', 'what it said is no TLS']
    : ['unreachable', `what it said is no handshake (${reasonOf(code) || message})`];
}

/** `ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE` is for programs. */
function reasonOf(code: string): string {
  return code
    .replace(/^ERR_SSL_(SSL\/TLS_|TLSV1_|SSLV3_)?/, '')
    .replaceAll('_', ' ')
    .toLowerCase();
}

async function within<Value>(timeoutMs: number, wasReached: () => boolean, work: Promise<Value>): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const detail = wasReached() ? 'it accepted the connection and did not finish the handshake' : 'no connection';
      reject(new DialError('unreachable', `${detail} within ${timeoutMs} ms`));
    }, timeoutMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
