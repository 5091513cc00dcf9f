/** The roles of Alexander's database whose passwords are rotated, and the secrets that hold them. */
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import type { StandIn } from '../aws/stand-in.ts';
import { documentedGrants } from './documented-grants.ts';

export const ROLE = 'alexander_jobs';
export const USERS: [string, string] = ['alexander_a', 'alexander_b'];
export const OWNER = 'alexander_owner';
const ADMIN = 'nightshift_rotator';

export type RotatedSecrets = { jobsArn: string; appArn: string; rotatorArn: string };

type Place = { aws: StandIn; owner: pg.ClientConfig; at: { host: string; port: number } };

/** Secrets Manager will call functions of these names; a night registers them. */
export const FUNCTIONS = { user: 'rotation-user', pair: 'rotation-pair' } as const;

export async function plantRotation({ aws, owner, at }: Place): Promise<RotatedSecrets> {
  const passwords = { jobs: randomPassword(), app: randomPassword(), admin: randomPassword() };
  const client = new pg.Client(owner);
  await client.connect();
  try {
    await client.query(`${documentedGrants('postgres-alternating')}
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
