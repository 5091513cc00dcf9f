/** A role of Alexander's database whose password is rotated, and the secret that holds it. */

import { afterAll, beforeAll, beforeEach } from 'vitest';
import { handler } from '../../../../functions/credential-rotation/postgres-user/handler.ts';
import { type Estate, startEstate } from '../../../../local/estate.ts';
import { type Asked, asOwner, call, labelled, type Rotated, type Rotation, rotate } from '../ground.ts';

export const ROLE = 'alexander_app';
const FIRST = 'canary0first0password0of0the0jobs';

export type PostgresUser = { rotated: Rotated; secretArn: string; first: Record<string, string> };

/** @param at where the secret says that the server is, if a proxy stands before it */
export async function plantUser(
  estate: Estate,
  at: { host: string; port: number } = estate.postgres,
): Promise<PostgresUser> {
  await asOwner(
    estate,
    `CREATE ROLE ${ROLE} LOGIN; GRANT CONNECT ON DATABASE alexander TO ${ROLE}; ${resetSql()}
    GRANT USAGE ON SCHEMA public TO ${ROLE}; GRANT SELECT, INSERT ON users TO ${ROLE}`,
  );
  const first = { username: ROLE, password: FIRST, host: at.host, dbname: 'alexander', engine: 'postgres' };
  const secretArn = estate.aws.createSecret('alexander/jobs', JSON.stringify(first));
  estate.aws.rotateSecret(secretArn, { functionName: 'rotation', qualifier: 'live', everyDays: 30 });
  const server = { hosts: [at.host], port: at.port, caPem: estate.postgres.caPem };
  const settings = { secrets: [{ secretArn, maxAgeDays: 32, server, username: ROLE }] };
  return { rotated: { kind: 'postgres-user', handler, settings }, secretArn, first };
}

const resetSql = () => `ALTER ROLE ${ROLE} PASSWORD '${FIRST}';`;

/** As it was planted. */
export async function reset(estate: Estate, { secretArn, first }: PostgresUser): Promise<void> {
  await asOwner(estate, resetSql());
  estate.aws.resetSecret(secretArn, JSON.stringify(first));
  for (const { key } of estate.aws.objects('alexander-evidence')) estate.aws.eraseVersions('alexander-evidence', key);
}

/** One estate for a test file, and the user as it was planted for each test. */
export function useUser() {
  const on = {} as { estate: Estate; user: PostgresUser };
  beforeAll(async () => {
    on.estate = await startEstate();
    on.user = await plantUser(on.estate);
  });
  afterAll(() => on.estate?.stop());
  beforeEach(() => reset(on.estate, on.user));
  return Object.assign(on, {
    /** The four steps. `rotated`: with other settings. */
    turn: ({ rotated = on.user.rotated, ...asked }: { rotated?: Rotated } & Omit<Rotation, 'secretArn'> = {}) =>
      rotate(on.estate, rotated, { secretArn: on.user.secretArn, ...asked }),
    held: (label: string) => labelled(on.estate.aws, on.user.secretArn, label),
    night: (asked: Asked = {}) => call(on.estate, on.user.rotated, asked),
  });
}
