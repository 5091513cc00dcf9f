/** Database credentials from Secrets Manager, in the format that AWS's own RDS integrations use. */
import * as z from 'zod';
import type { Database, SecretReference } from './contract.ts';
import { RefusalError } from './errors.ts';
import { readSecretText } from './secret-text.ts';

/** The secrets that RDS manages itself hold the first two only. */
const RdsSecret = z.looseObject({
  username: z.string().min(1),
  password: z.string().min(1),
  host: z.string().min(1).optional(),
  port: z.coerce.number().int().min(1).max(65535).optional(),
  dbname: z.string().min(1).optional(),
  engine: z.string().optional(),
});

export type Login = { user: string; password: string; host: string; port: number; dbname: string };

const POSTGRES_PORT = 5432;

/**
 * @param as which of the database's two secrets
 * @throws RefusalError naming the secret and the field; never its value
 */
export async function readLogin(database: Database, as: 'reader' | 'actor'): Promise<Login> {
  const reference = database[as];
  if (reference === undefined)
    throw new RefusalError(`settings.database.${as} is not set, and acting as it needs its secret.`);
  const secret = await readRdsSecret(reference);
  const host = database.host ?? secret.host;
  const dbname = database.dbname ?? secret.dbname;
  if (host === undefined || dbname === undefined) {
    const missing = Object.entries({ host, dbname }).flatMap(([name, value]) => (value === undefined ? [name] : []));
    const settings = missing.map((name) => `settings.database.${name}`);
    throw new RefusalError(
      `The secret ${reference.secretArn} has no ${missing.join(' and no ')}; set ${settings.join(' and ')}.`,
    );
  }
  return {
    user: secret.username,
    password: secret.password,
    host,
    dbname,
    port: database.port ?? secret.port ?? POSTGRES_PORT,
  };
}

async function readRdsSecret({ secretArn }: SecretReference): Promise<z.infer<typeof RdsSecret>> {
  const parsed = RdsSecret.safeParse(parseJson(await readSecretText(secretArn)));
  if (parsed.success) return parsed.data;
  // Only the names of the fields: what zod says of a value might quote it.
  const fields = [...new Set(parsed.error.issues.map((issue) => issue.path.join('.') || 'JSON'))];
  throw new RefusalError(`The secret ${secretArn} is not in the RDS format; wrong or missing: ${fields.join(', ')}.`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
