/** Stretches of the wire to a database that a test can cut, silence, and listen to. */
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { createSecureContext, TLSSocket } from 'node:tls';
import type { Certificates } from '../../../local/postgres/certificates.ts';

export type Wire = {
  host: string;
  port: number;
  /** From now on nothing goes either way, and everything stays open. */
  silence(): void;
  /** Breaks every connection without a goodbye. */
  cut(): void;
  /** Does the same as soon as so many bytes have come from the server, counted from now. */
  cutAfter(bytes: number): void;
  stop(): Promise<void>;
};

/** Passes bytes on to `target`, whatever they are. */
export async function startWire(target: { host: string; port: number }): Promise<Wire> {
  const sockets = new Set<Socket>();
  let isSilent = false;
  let bytesLeft = Number.POSITIVE_INFINITY;
  const cut = () => {
    bytesLeft = Number.POSITIVE_INFINITY;
    for (const socket of sockets) socket.resetAndDestroy();
  };
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const upstream = connect({ ...target, allowHalfOpen: true });
    const pass = (from: Socket, to: Socket, count: (bytes: number) => void) => {
      sockets.add(from);
      from.on('data', (bytes) => {
        if (isSilent) return;
        count(bytes.length);
        if (!to.write(bytes)) from.pause();
      });
      from.on('drain', () => to.resume());
      from.on('end', () => {
        if (!isSilent) to.end();
      });
      from.on('error', () => {});
      from.on('close', () => to.destroy());
    };
    pass(client, upstream, () => {});
    pass(upstream, client, (bytes) => {
      bytesLeft -= bytes;
      if (bytesLeft <= 0) cut();
    });
  });
  const port = await listen(server, '127.0.0.1');
  return {
    host: '127.0.0.1',
    port,
    silence: () => {
      isSilent = true;
    },
    cut,
    cutAfter: (bytes) => {
      bytesLeft = bytes;
    },
    stop: () => {
      cut();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

export type Impostor = {
  host: string;
  port: number;
  /** All that a client said: before TLS, and inside it. */
  heard: { plain: string; inside: string };
  stop(): Promise<void>;
};

/** Answers a PostgreSQL client's wish for TLS: with no, or with these certificates. After that, it only listens. */
export async function startImpostor(host: string, certificates?: Certificates): Promise<Impostor> {
  const heard = { plain: '', inside: '' };
  const sockets = new Set<Socket>();
  const server = createServer((raw) => {
    sockets.add(raw);
    raw.on('error', () => {});
    raw.once('data', (request) => {
      heard.plain += request.toString('latin1');
      raw.write(certificates ? 'S' : 'N');
      if (certificates) unwrap(raw, certificates, heard);
      else
        raw.on('data', (bytes) => {
          heard.plain += bytes.toString('latin1');
        });
    });
  });
  const port = await listen(server, host);
  return {
    host,
    port,
    heard,
    stop: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function unwrap(raw: Socket, { certPem: cert, keyPem: key }: Certificates, heard: { inside: string }): void {
  const secure = new TLSSocket(raw, { isServer: true, secureContext: createSecureContext({ cert, key }) });
  secure.on('error', () => {});
  secure.on('data', (bytes) => {
    heard.inside += bytes.toString('latin1');
  });
}

function listen(server: Server, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, host, () => resolve((server.address() as AddressInfo).port));
  });
}
