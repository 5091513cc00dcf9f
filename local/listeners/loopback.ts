/** Ports of this machine's own addresses, and the connections to them. */
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { Manner } from './secure.ts';

export type Loopback = {
  /** Listens at `host`, at a free port unless one is given, and answers each connection in this manner. The port. */
  listen(manner: Manner, host?: string, port?: number): Promise<number>;
  /** Whether this machine has the address, so that a listener can have it. */
  has(host: string): Promise<boolean>;
  /** A port of 127.0.0.1 at which nobody listened a moment ago. */
  deadPort(): Promise<number>;
  stop(): Promise<void>;
};

export function createLoopback(): Loopback {
  const servers: Server[] = [];
  const sockets = new Set<Socket>();
  const accept = (socket: Socket, manner: Manner) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    manner(socket);
  };
  return {
    listen: async (manner, host = '127.0.0.1', port = 0) => {
      const server = createServer((socket) => accept(socket, manner));
      const opened = await open(server, host, port);
      servers.push(server);
      return opened;
    },
    has: async (host) => {
      const server = createServer();
      const isThere = await open(server, host, 0).then(
        () => true,
        () => false,
      );
      if (isThere) await close(server);
      return isThere;
    },
    deadPort: async () => {
      const server = createServer();
      const port = await open(server, '127.0.0.1', 0);
      await close(server);
      return port;
    },
    stop: async () => {
      const closed = servers.map(close);
      for (const socket of sockets) socket.destroy();
      await Promise.all(closed);
    },
  };
}

function open(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port));
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}
