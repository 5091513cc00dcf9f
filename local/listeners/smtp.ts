/** How a mail server leads up to TLS. */
import type { Socket } from 'node:net';
import type { Manner } from './secure.ts';

const GREETING = ['220-mail.nightshift.test ESMTP', '220 at your service'];
const READY = '220 ready to start TLS';
const NOT_KNOWN = '502 command not recognized';

export function offering(secured: Manner): Manner {
  return conversing(['250-mail.nightshift.test', '250-STARTTLS', '250 HELP'], (socket) =>
    socket.write(lines([READY]), () => secured(socket)),
  );
}

/** One packet holds the agreement and a plain text answer to a command that the client has not given yet (CVE-2021-38371). */
export function sneakingBehindReady(secured: Manner): Manner {
  return conversing(['250-mail.nightshift.test', '250 STARTTLS'], (socket) =>
    socket.write(lines([READY, '250 PIPELINING']), () => secured(socket)),
  );
}

export const withoutStartTls: Manner = conversing(['250-mail.nightshift.test', '250 HELP']);

function conversing(capabilities: string[], startTls?: (socket: Socket) => void): Manner {
  return (socket) => {
    socket.write(lines(GREETING));
    const hear = (bytes: Buffer) => {
      const verb = bytes.toString('latin1').trim().split(/\s/)[0]?.toUpperCase();
      if (verb === 'STARTTLS' && startTls !== undefined) {
        socket.off('data', hear).pause();
        startTls(socket);
      } else socket.write(lines(verb === 'EHLO' ? capabilities : [NOT_KNOWN]));
    };
    socket.on('data', hear);
  };
}

function lines(texts: string[]): string {
  return texts.map((text) => `${text}\r\n`).join('');
}
