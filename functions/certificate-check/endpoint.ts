/** How an endpoint is called, and what is asked of it. Pure. */
import { isIP } from 'node:net';
import type { Endpoint } from './contract.ts';

/** What a person would look for: `host:port`, with the name that is asked for where it is another. */
export function targetOf({ host, port, serverName }: Endpoint): string {
  const at = isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`;
  return serverName === undefined || serverName === host ? at : `${at} as ${serverName}`;
}

/** The name or address that the certificate must hold. A trailing dot belongs to DNS, not to a certificate. */
export function expectedName({ host, serverName }: Endpoint): string {
  return (serverName ?? host).replace(/\.$/, '');
}

/** The name sent in the handshake; an address is never sent (RFC 6066, section 3). */
export function sniOf(endpoint: Endpoint): string | undefined {
  const name = expectedName(endpoint);
  return isIP(name) === 0 ? name : undefined;
}
