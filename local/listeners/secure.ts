/** The TLS side of a connection that was accepted. */
import type { Socket } from 'node:net';
import * as tls from 'node:tls';
import type { Presented } from './authority.ts';

/** What is done to one connection. */
export type Manner = (socket: Socket) => void;

/** Without it, OpenSSL refuses to serve what the plants are about: short keys, SHA-1, and TLS before 1.2. */
export const ANYTHING_GOES = 'DEFAULT@SECLEVEL=0';

/** Throws where this machine's OpenSSL cannot be talked into serving it. */
export function secureContext(presented: Presented, only?: tls.SecureVersion): tls.SecureContext {
  return tls.createSecureContext({
    cert: presented.certPem + presented.chainPem,
    key: presented.keyPem,
    ciphers: ANYTHING_GOES,
    ...(only && { minVersion: only, maxVersion: only }),
  });
}

/** `byName`: what is served instead to a client that asks for that name. */
export function secure(context: tls.SecureContext, byName: Record<string, tls.SecureContext> = {}): Manner {
  const SNICallback = (name: string, done: (error: Error | null, context?: tls.SecureContext) => void) =>
    done(null, byName[name] ?? context);
  return (socket) => {
    const secured = new tls.TLSSocket(socket, { isServer: true, secureContext: context, SNICallback });
    // Clients that only look leave in the middle of things.
    secured.on('error', () => socket.destroy());
    secured.resume();
  };
}
