/** A password of a cache as a secret holds it, held against what was deployed. */
import * as z from 'zod';
import { RefusalError } from '../../runtime/errors.ts';
import type { Credential } from '../kind.ts';
import type { CacheSecret } from './contract.ts';

/** The fields that AWS's own rotation of ElastiCache users reads and writes, and where the cache is, if the secret says it. */
const Held = z.looseObject({
  username: z.string().min(1).optional(),
  password: z.string().min(1),
  host: z.string().min(1).optional(),
  port: z.coerce.number().int().min(1).max(65535).optional(),
});
export type Held = z.infer<typeof Held> & Credential;

/** @param username who alone may be in the secret (F39) */
export function readHeld(text: string, { secretArn, server }: CacheSecret, username: string): Held {
  const refusal = (what: string) => new RefusalError(`The secret ${secretArn} ${what}.`);
  const parsed = Held.safeParse(parseJson(text));
  if (!parsed.success) {
    const fields = [...new Set(parsed.error.issues.map(({ path }) => path.join('.') || 'JSON'))];
    throw refusal(`has not the fields of a cache’s password; wrong or missing: ${fields.join(', ')}`);
  }
  const held = parsed.data;
  if ((held.username ?? username) !== username)
    throw refusal(`names a user that is not deployed; allowed: ${username}`);
  if (held.host !== undefined && !server.hosts.includes(held.host))
    throw refusal(`names a host that is not deployed; allowed: ${server.hosts.join(', ')}`);
  if (held.port !== undefined && held.port !== server.port) throw refusal(`names another port than ${server.port}`);
  return held;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
