/** A role's credential as a secret holds it, in AWS's own RDS format, held against what was deployed. */
import * as z from 'zod';
import { RefusalError } from '../../runtime/errors.ts';
import type { Login } from '../../runtime/secret.ts';
import type { Credential } from '../kind.ts';
import type { PostgresSecret } from './contract.ts';

const Held = z.looseObject({
  username: z.string().min(1),
  password: z.string().min(1),
  host: z.string().min(1).optional(),
  port: z.coerce.number().int().min(1).max(65535).optional(),
  dbname: z.string().min(1).optional(),
});
export type Held = z.infer<typeof Held> & Credential;

/** @param users who may be in the secret: nobody else is ever given a password (F39) */
export function readHeld(text: string, entry: PostgresSecret, users: string[]): Held {
  const parsed = Held.safeParse(parseJson(text));
  if (!parsed.success) {
    const fields = [...new Set(parsed.error.issues.map(({ path }) => path.join('.') || 'JSON'))];
    throw refusal(entry, `is not in the RDS format; wrong or missing: ${fields.join(', ')}`);
  }
  const held = parsed.data;
  if (!users.includes(held.username))
    throw refusal(entry, `names a user that is not deployed; allowed: ${users.join(', ')}`);
  const { hosts, port } = entry.server;
  if (held.host !== undefined && !hosts.includes(held.host))
    throw refusal(entry, `names a host that is not deployed; allowed: ${hosts.join(', ')}`);
  if (held.port !== undefined && held.port !== port) throw refusal(entry, `names another port than ${port}`);
  if (held.dbname === undefined && entry.dbname === undefined)
    throw refusal(entry, 'has no dbname; set dbname beside it in settings');
  return held;
}

export function loginOf(held: Held, { server, dbname }: PostgresSecret): Login {
  const [firstHost = ''] = server.hosts;
  const { username: user, password } = held;
  return { user, password, host: held.host ?? firstHost, port: server.port, dbname: held.dbname ?? dbname ?? '' };
}

export function nameOf({ username }: Held, { server }: PostgresSecret): string {
  return `role ${username} at ${server.hosts.join(', ')}`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function refusal({ secretArn }: PostgresSecret, what: string): RefusalError {
  return new RefusalError(`The secret ${secretArn} ${what}.`);
}
