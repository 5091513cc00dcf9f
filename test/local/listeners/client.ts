/** Clients that look at one listener, and report instead of rejecting. */
import { X509Certificate } from 'node:crypto';
import { connect as connectPlain, type Socket } from 'node:net';
import { connect, type DetailedPeerCertificate } from 'node:tls';
import type { Listener } from '../../../local/listeners/listener.ts';

type Looked = { verdict: string; protocol: string | null; certificate: X509Certificate; served: X509Certificate[] };

/** `verdict`: `trusted`, or OpenSSL's word on why not. Rejects where no handshake comes about. */
export function look(listener: Listener, trustPem: string, servername?: string): Promise<Looked> {
  const { host, port } = listener;
  const asked = { host, port, servername: servername ?? listener.serverName, ca: trustPem };
  const lenient = { rejectUnauthorized: false, minVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
  return new Promise((resolve, reject) => {
    const socket = connect({ ...asked, ...lenient }, () => {
      const chain = chainOf(socket.getPeerCertificate(true));
      const [certificate] = chain;
      // It is an error's code, whatever the typings say.
      const verdict = socket.authorized ? 'trusted' : String(socket.authorizationError);
      if (certificate === undefined) reject(new Error('no certificate'));
      else resolve({ verdict, protocol: socket.getProtocol(), certificate, served: chain });
      socket.destroy();
    });
    socket.on('error', reject);
  });
}

function chainOf(peer: DetailedPeerCertificate): X509Certificate[] {
  const chain: X509Certificate[] = [];
  for (let at = peer; ; at = at.issuerCertificate) {
    chain.push(new X509Certificate(at.raw));
    if (at.issuerCertificate === undefined || at.issuerCertificate === at) return chain;
  }
}

/** The first packet that the listener sends after `say`; empty where it hangs up before. */
export async function firstAnswer(listener: Listener, say: Buffer | string = ''): Promise<Buffer> {
  const socket = connectPlain(listener.port, listener.host);
  if (say.length > 0) socket.write(say);
  const answer = await nextPacket(socket);
  socket.destroy();
  return answer;
}

export function nextPacket(socket: Socket): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    socket.once('data', resolve);
    socket.once('close', () => resolve(Buffer.alloc(0)));
    socket.once('error', reject);
  });
}
