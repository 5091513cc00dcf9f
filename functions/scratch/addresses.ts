/** What addresses a host has, as this machine resolves names when it connects. */
import { lookup } from 'node:dns/promises';

/** An isolated network often knows nothing of the source's names, and says so at once or never. */
const TIMEOUT_MS = 2_000;

/** Empty where the name is not known here: what the server says of itself (its system identifier) is compared in any case. */
export async function addressesOf(hosts: string[]): Promise<string[]> {
  const late = Promise.withResolvers<[]>();
  const timer = setTimeout(() => late.resolve([]), TIMEOUT_MS);
  const resolved = hosts.map((host) => Promise.race([lookup(host, { all: true }).catch(() => []), late.promise]));
  const found = (await Promise.all(resolved)).flat();
  clearTimeout(timer);
  return found.map(({ address }) => address);
}
