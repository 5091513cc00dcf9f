/** Two users behind one owner in Alexander's database, the login that makes them, and the secret that holds one of them. */
import { handler } from '../../../../functions/credential-rotation/postgres-alternating/handler.ts';
import type { Estate } from '../../../../local/estate.ts';
import { documentedGrants } from '../../../../local/rotation/documented-grants.ts';
import { OWNER, USERS } from '../../../../local/rotation/plant.ts';
import { asOwner, type Rotated } from '../ground.ts';

export const [A, B] = USERS;
const ADMIN = 'nightshift_rotator';
const FIRST = 'canary0first0password0of0user0a00';

export type Pair = { rotated: Rotated; secretArn: string; first: Record<string, string> };

export async function plantPair(estate: Estate, at: { host: string; port: number } = estate.postgres): Promise<Pair> {
  await asOwner(
    estate,
    `${documentedGrants('postgres-alternating')} ALTER ROLE ${ADMIN} PASSWORD 'canary0of0the0rotator';`,
  );
  await resetRoles(estate);
  const place = { host: at.host, dbname: 'alexander', engine: 'postgres' };
  const first = { username: A, password: FIRST, ...place };
  const secretArn = estate.aws.createSecret('alexander/pair', JSON.stringify(first));
  estate.aws.rotateSecret(secretArn, { functionName: 'rotation', qualifier: 'live', everyDays: 30 });
  const admin = { username: ADMIN, password: 'canary0of0the0rotator', ...place };
  const adminArn = estate.aws.createSecret('alexander/rotator', JSON.stringify(admin));
  const server = { hosts: [at.host], port: at.port, caPem: estate.postgres.caPem };
  const secret = { secretArn, maxAgeDays: 32, server, users: [A, B], owner: OWNER, admin: { secretArn: adminArn } };
  return { rotated: { kind: 'postgres-alternating', handler, settings: { secrets: [secret] } }, secretArn, first };
}

/** The second user is not there: the first rotation makes it. */
async function resetRoles(estate: Estate): Promise<void> {
  await asOwner(
    estate,
    `DROP ROLE IF EXISTS ${B}; ALTER ROLE ${A} PASSWORD '${FIRST}'; ALTER ROLE ${A} SET role = '${OWNER}'`,
  );
}

export async function reset(estate: Estate, { secretArn, first }: Pair): Promise<void> {
  await resetRoles(estate);
  estate.aws.resetSecret(secretArn, JSON.stringify(first));
  for (const { key } of estate.aws.objects('alexander-evidence')) estate.aws.eraseVersions('alexander-evidence', key);
}
