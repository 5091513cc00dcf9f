/** The one place that asks DNS. */
import dns from 'node:dns';
import { Resolver } from 'node:dns/promises';
import { isIP } from 'node:net';

export type Family = 'ipv4' | 'ipv6';
/** `failed`: why the addresses of one family are not known. That a name has none of a family is no failure. */
type Resolved = {
  addresses: { address: string; family: Family }[];
  failed: { family: Family; because: string }[];
};
export type Resolve = (host: string) => Promise<Resolved>;

const FAMILIES = ['ipv4', 'ipv6'] as const;
/** The name has no addresses of this family, or there is no such name at all. */
const NONE = new Set(['ENODATA', 'ENOTFOUND']);

/**
 * Asks the name servers, and not getaddrinfo: its four threads would all be waiting for the first few names that nobody answers
 * for, and every other name would seem to be dead. Names in /etc/hosts are therefore not known, but for localhost (RFC 6761).
 * @param timeoutMs how long one name may take
 */
export function openResolver(timeoutMs: number): Resolve {
  // The second try waits twice as long as the first.
  const resolver = new Resolver({ timeout: Math.ceil(timeoutMs / 3), tries: 2 });
  // The process's own, asked of the module itself: a named import would stay what it was before somebody set others.
  resolver.setServers(dns.getServers());
  return async (host) => {
    const literal = isIP(host);
    if (literal !== 0) return { addresses: [{ address: host, family: literal === 4 ? 'ipv4' : 'ipv6' }], failed: [] };
    if (/(^|\.)localhost\.?$/i.test(host)) return LOCALHOST;
    const answers = await Promise.all(FAMILIES.map((family) => ask(resolver, { host, family, timeoutMs })));
    return {
      addresses: answers.flatMap((answer) => answer.addresses),
      failed: answers.flatMap((answer) => answer.failed),
    };
  };
}

const LOCALHOST: Resolved = { addresses: [{ address: '127.0.0.1', family: 'ipv4' }], failed: [] };

type Question = { host: string; family: Family; timeoutMs: number };

async function ask(resolver: Resolver, { host, family, timeoutMs }: Question): Promise<Resolved> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(Object.assign(new Error(), { code: 'ETIMEOUT' })), timeoutMs);
  });
  try {
    const answer = family === 'ipv4' ? resolver.resolve4(host) : resolver.resolve6(host);
    const addresses = await Promise.race([answer, late]);
    return { addresses: [...new Set(addresses)].map((address) => ({ address, family })), failed: [] };
  } catch (error) {
    const { code = 'an unknown error' } = error as { code?: string };
    return { addresses: [], failed: NONE.has(code) ? [] : [{ family, because: code }] };
  } finally {
    clearTimeout(timer);
  }
}
