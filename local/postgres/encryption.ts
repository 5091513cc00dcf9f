/** How a PostgreSQL connection begins: the client asks for TLS with eight bytes, the server agrees with one. */
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import * as tls from 'node:tls';

const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]);
const AGREED = 'S';

type Secured = { socket: tls.TLSSocket; startup: Buffer };

/** The server's end: agrees to TLS and returns what the client says first, which is who it is. */
export async function acceptEncrypted(raw: Socket, secureContext: tls.SecureContext): Promise<Secured> {
  const request = await readBytes(raw, SSL_REQUEST.length);
  // A real server of ours refuses unencrypted connections as well (`hostssl`).
  if (!request.equals(SSL_REQUEST)) throw new Error('the client did not ask for TLS');
  raw.write(AGREED);
  const socket = new tls.TLSSocket(raw, { isServer: true, secureContext });
  const length = await readBytes(socket, 4);
  const rest = await readBytes(socket, length.readInt32BE(0) - length.length);
  return { socket, startup: Buffer.concat([length, rest]) };
}

/** The client's end: connects, asks for TLS and verifies the server's certificate. */
export async function connectEncrypted(
  raw: Socket,
  target: { host: string; port: number; ca: string },
): Promise<tls.TLSSocket> {
  raw.connect(target.port, target.host);
  raw.write(SSL_REQUEST);
  const answer = await readBytes(raw, AGREED.length);
  if (answer.toString() !== AGREED) throw new Error('the server has no TLS');
  return tls.connect({ socket: raw, ca: target.ca, servername: 'localhost' });
}

/** Reads exactly `length` bytes and leaves what follows in the stream. Rejects when the stream ends before. */
function readBytes(stream: Duplex, length: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const settle = (outcome: () => void) => {
      stream.off('readable', tryRead).off('close', closed).off('error', reject);
      outcome();
    };
    const tryRead = () => {
      const bytes: Buffer | null = stream.read(length);
      if (bytes !== null) settle(() => resolve(bytes));
    };
    const closed = () => settle(() => reject(new Error('the connection was closed while it was being set up')));
    stream.on('readable', tryRead).on('close', closed).on('error', reject);
    tryRead();
  });
}
