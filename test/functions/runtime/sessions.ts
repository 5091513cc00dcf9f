/** A database to log in to as a function does, with as much time as a test gives. */
import pg from 'pg';
import { Database } from '../../../functions/runtime/contract.ts';
import { connect, type Session } from '../../../functions/runtime/postgres.ts';
import type { Postgres } from '../../../local/postgres/server.ts';

const READER = 'reader';
export const PASSWORD = 'canary-7d21';
const APPLICATION = 'nightshift test';

type LoggingIn = {
  at?: { host: string; port: number };
  password?: string;
  dbname?: string;
  /** How long the work may take. */
  workMs?: number;
  database?: object;
};

/** Makes the reader's role. */
export async function prepare(server: Postgres): Promise<pg.Client> {
  const admin = new pg.Client(server.admin);
  admin.on('error', () => {});
  await admin.connect();
  await admin.query(`CREATE ROLE ${READER} LOGIN PASSWORD '${PASSWORD}'`);
  return admin;
}

export function logIn(server: Postgres, { at = server, workMs = 20_000, ...asked }: LoggingIn = {}): Promise<Session> {
  const { password = PASSWORD, dbname = 'postgres', database } = asked;
  const endsAt = performance.now() + workMs;
  const remainingMs = () => Math.max(0, endsAt - performance.now());
  const reader = { secretArn: 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:x-a1b2c3' };
  return connect({
    database: Database.parse({ reader, caPem: server.caPem, ...database }),
    login: { user: READER, password, host: at.host, port: at.port, dbname },
    deadline: { remainingMs, workMs: remainingMs },
    application: APPLICATION,
  });
}

/** What our sessions are doing on the server. */
export async function backendsOf(admin: pg.Client, application = `${APPLICATION}%`): Promise<string[]> {
  // Within a transaction, PostgreSQL shows again what it showed first.
  await admin.query('SELECT pg_stat_clear_snapshot()');
  const { rows } = await admin.query('SELECT state, query FROM pg_stat_activity WHERE application_name LIKE $1', [
    application,
  ]);
  return rows.map(({ state, query }) => `${state}: ${query}`);
}
