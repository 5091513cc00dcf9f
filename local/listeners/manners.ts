/** Servers that never get as far as TLS. */
import { connect } from 'node:net';
import type { Manner } from './secure.ts';

const DRIBBLE_MS = 100;
/** Begins as a record of the handshake does, and goes on with nothing that is one. */
const GARBAGE = Buffer.concat([Buffer.from([0x16, 0x03, 0x03, 0x01, 0x00]), Buffer.alloc(256, 0xff)]);

export const plainText: Manner = (socket) => {
  socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n'));
};

export const silent: Manner = (socket) => {
  socket.resume();
};

export const garbage: Manner = (socket) => {
  socket.once('data', () => socket.end(GARBAGE));
};

export const hangingUp: Manner = (socket) => {
  socket.destroy();
};

/**
 * Hands out what the listener at `port` says, one byte every 100 ms: a wait that begins anew with each byte would last for
 * minutes.
 */
export function dribbling(port: number): Manner {
  return (socket) => {
    const waiting: Buffer[] = [];
    const upstream = connect(port, '127.0.0.1');
    const timer = setInterval(() => {
      const [first] = waiting;
      if (first === undefined) return;
      socket.write(first.subarray(0, 1));
      if (first.length === 1) waiting.shift();
      else waiting[0] = first.subarray(1);
    }, DRIBBLE_MS);
    upstream.on('data', (chunk) => waiting.push(chunk));
    upstream.on('error', () => socket.destroy());
    socket.on('close', () => {
      clearInterval(timer);
      upstream.destroy();
    });
    socket.pipe(upstream);
  };
}
