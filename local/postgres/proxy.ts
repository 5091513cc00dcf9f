/** A man in the middle of the wire to PostgreSQL, who counts statements and can make any one of them go wrong. */
import { type AddressInfo, createServer, type Server, Socket } from 'node:net';
import { createSecureContext, type SecureContext } from 'node:tls';
import { acceptEncrypted, connectEncrypted } from './encryption.ts';
import { type Faults, makeFaults } from './faults.ts';
import { relay } from './relay.ts';
import type { Postgres } from './server.ts';

export type StatementProxy = {
  host: '127.0.0.1';
  /** Stays the same when it is revived. */
  port: number;
  /** Closes the connection instead of sending on the n-th statement from now (1 is the next one), and then says so. */
  failBefore(n: number, onStruck?: () => void): void;
  /** Sends on the n-th statement from now, awaits the server's whole answer, and closes the connection without it. */
  loseReply(n: number, onStruck?: () => void): void;
  /** Swallows the n-th statement from now and whatever follows on its connection, which stays open and silent. */
  hang(n: number): void;
  /** Closes every connection and refuses new ones. */
  die(): Promise<void>;
  revive(): Promise<void>;
  /** How many statements have begun so far, over all connections; logging in is none. */
  count(): number;
  /** Their texts, in order. */
  statements(): string[];
  stop(): Promise<void>;
};

type Target = Pick<Postgres, 'host' | 'port' | 'caPem' | 'certificates'>;

type Wire = { target: Target; secureContext: SecureContext; sockets: Set<Socket>; faults: Faults };

/**
 * Starts a proxy before `server`. It speaks TLS on both sides, with the server's own certificate, so that clients verify it
 * as they would the server, and SCRAM passes through, even bound to the channel.
 */
export async function startProxy({ server: target }: { server: Target }): Promise<StatementProxy> {
  const { certPem: cert, keyPem: key } = target.certificates;
  const sockets = new Set<Socket>();
  const faults = makeFaults();
  const wire = { target, secureContext: createSecureContext({ cert, key }), sockets, faults };
  const listener = createServer((raw) => void serve(raw, wire));
  const port = await listen(listener, 0);
  const die = () => closeAll(listener, sockets);
  return {
    host: '127.0.0.1',
    port,
    failBefore: (n, onStruck) => faults.arm('failBefore', n, onStruck),
    loseReply: (n, onStruck) => faults.arm('loseReply', n, onStruck),
    hang: (n) => faults.arm('hang', n),
    die,
    revive: async () => void (await listen(listener, port)),
    count: () => faults.seen.length,
    statements: () => [...faults.seen],
    stop: die,
  };
}

async function serve(raw: Socket, { target, secureContext, sockets, faults }: Wire): Promise<void> {
  const upstream = new Socket();
  for (const socket of [raw, upstream]) track(socket, sockets);
  try {
    const { socket: client, startup } = await acceptEncrypted(raw, secureContext);
    const server = await connectEncrypted(upstream, { host: target.host, port: target.port, ca: target.caPem });
    server.write(startup);
    relay({ client, server }, faults);
  } catch {
    // What a client sees of a server that cannot be reached, or that it cannot agree with, is a closed connection.
    raw.destroy();
    upstream.destroy();
  }
}

function track(socket: Socket, sockets: Set<Socket>): void {
  sockets.add(socket);
  socket.setNoDelay(true);
  socket.on('close', () => sockets.delete(socket));
  socket.on('error', () => {}); // Its close follows, and is what we act on.
}

function listen(listener: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    listener.once('error', reject);
    listener.listen(port, '127.0.0.1', () => {
      listener.off('error', reject);
      resolve((listener.address() as AddressInfo).port);
    });
  });
}

/** Resolves when the port is closed; also when it was before. */
function closeAll(listener: Server, sockets: Set<Socket>): Promise<void> {
  return new Promise((resolve) => {
    listener.close(() => resolve());
    for (const socket of sockets) socket.destroy();
  });
}
