/** The login that changes other roles. Where it logs in is what was deployed, whatever its secret says. */
import * as z from 'zod';
import type { SecretReference } from '../../runtime/contract.ts';
import { RefusalError } from '../../runtime/errors.ts';
import type { Login } from '../../runtime/secret.ts';
import { readSecretText } from '../../runtime/secret-text.ts';
import type { Server } from './contract.ts';

const Admin = z.looseObject({ username: z.string().min(1), password: z.string().min(1) });

type Place = { server: Server; host: string; dbname: string };

/** @throws RefusalError naming the secret, never its value */
export async function adminLogin({ secretArn }: SecretReference, { server, host, dbname }: Place): Promise<Login> {
  const parsed = Admin.safeParse(parseJson(await readSecretText(secretArn)));
  if (!parsed.success) throw new RefusalError(`The secret ${secretArn} needs a username and a password, as JSON.`);
  return { user: parsed.data.username, password: parsed.data.password, host, port: server.port, dbname };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
