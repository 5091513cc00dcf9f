/** The roles of Alexander's database whose passwords are rotated, and the secrets that hold them. */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import pg from 'pg';
import type { StandIn } from '../aws/stand-in.ts';

export const ROLE = 'alexander_jobs';
export const USERS: [string, string] = ['alexander_a', 'alexander_b'];
export const OWNER = 'alexander_owner';
const ADMIN = 'nightshift_rotator';
const README = resolve(import.meta.dirname, '../../functions/credential-rotation/README.md');

export type RotatedSecrets = { jobsArn: string; appArn: string; rotatorArn: string };

/** The README's own SQL for the two users' owner and for the login that rotates them, so that every night proves it sufficient. */
export function documentedGrants(): string {
  const [, sql] = /^```sql\n(-- postgres-alternating.*?)^```$/ms.exec(readFileSync(README, 'utf8')) ?? [];
  if (sql === undefined) throw new Error(`${README} holds no block of SQL for postgres-alternating`);
  return sql;
}

type Place = { aws: StandIn; owner: pg.ClientConfig; at: { host: string; port: number } };

/** Secrets Manager will call functions of these names; a night registers them. */
export const FUNCTIONS = { user: 'rotation-user', pair: 'rotation-pair' } as const;

export async function plantRotation({ aws, owner, at }: Place): Promise<RotatedSecrets> {
  const passwords = { jobs: randomPassword(), app: randomPassword(), admin: randomPassword() };
  const client = new pg.Client(owner);
  await client.connect();
  try {
    await client.query(`${documentedGrants()}
      ALTER ROLE ${USERS[0]} PASSWORD '${passwords.app}'; ALTER ROLE ${ADMIN} PASSWORD '${passwords.admin}';
      CREATE ROLE ${ROLE} LOGIN PASSWORD '${passwords.jobs}';
      GRANT CONNECT ON DATABASE alexander TO ${ROLE}; GRANT USAGE ON SCHEMA public TO ${ROLE}; GRANT SELECT ON users TO ${ROLE}`);
  } finally {
    await client.end();
  }
  const place = { host: at.host, dbname: 'alexander', engine: 'postgres' };
  const secretOf = (name: string, username: string, password: string) =>
    aws.createSecret(name, JSON.stringify({ username, password, ...place }));
  const secrets = {
    jobsArn: secretOf('alexander/nightly-jobs', ROLE, passwords.jobs),
    appArn: secretOf('alexander/app', USERS[0], passwords.app),
    rotatorArn: secretOf('alexander/nightshift-rotator', ADMIN, passwords.admin),
  };
  aws.rotateSecret(secrets.jobsArn, { functionName: FUNCTIONS.user, qualifier: 'live', everyDays: 30 });
  aws.rotateSecret(secrets.appArn, { functionName: FUNCTIONS.pair, qualifier: 'live', everyDays: 30 });
  return secrets;
}

/** Nothing to quote in SQL, a URL or JSON. */
const randomPassword = (): string => randomBytes(24).toString('hex');
