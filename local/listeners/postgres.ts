/** How PostgreSQL answers a client that asks for TLS. */
import type { Socket } from 'node:net';
import type { Manner } from './secure.ts';

const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]);
/** AuthenticationOk, as if somebody on the way had let the client in. */
const SNEAKED = Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 0]);

export function agreeing(secured: Manner): Manner {
  return answering(Buffer.from('S'), secured);
}

/** One packet holds the agreement and the plain text behind it: who throws the rest away would not notice (CVE-2021-23222). */
export function sneaking(secured: Manner): Manner {
  return answering(Buffer.concat([Buffer.from('S'), SNEAKED]), secured);
}

export const declining: Manner = answering(Buffer.from('N'), () => {});

function answering(answer: Buffer, then: Manner): Manner {
  return (socket) => awaitRequest(socket, () => socket.write(answer, () => then(socket)));
}

/** Anything else than a request for TLS ends the connection, as `hostssl` does. */
function awaitRequest(socket: Socket, proceed: () => void): void {
  const read = () => {
    const request: Buffer | null = socket.read(SSL_REQUEST.length);
    if (request === null) return;
    socket.off('readable', read);
    if (request.equals(SSL_REQUEST)) proceed();
    else socket.destroy();
  };
  socket.on('readable', read);
}
