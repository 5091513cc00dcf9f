/** The isolated PostgreSQL on which dumps are restored: a server of its own, with the one role that the README of the runbook names. */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import pg from 'pg';
import type { DatabaseSecret } from '../alexander/alexander.ts';
import { type Postgres, startPostgres } from '../postgres/server.ts';

const ROLE = 'nightshift_restore';
const README = resolve(import.meta.dirname, '../../functions/backup-verification/README.md');

export type Isolated = { server: Postgres; secret: DatabaseSecret };

/** @param through where a proxy stands before it, the address that goes into the secret */
export async function startIsolated(
  dataRoot: string,
  through?: (server: Postgres) => Promise<{ host: string; port: number }>,
): Promise<Isolated> {
  const server = await startPostgres({ dataRoot, inMemory: true });
  const password = randomBytes(24).toString('hex');
  const client = new pg.Client(server.admin);
  await client.connect();
  try {
    await client.query(roleSql().replace("'…'", `'${password}'`));
  } finally {
    await client.end();
  }
  const { host, port } = (await through?.(server)) ?? server;
  return { server, secret: { username: ROLE, password, host, port, dbname: 'postgres', engine: 'postgres' } };
}

/** Just what a reader is told to run. */
function roleSql(): string {
  const [, sql] = /```sql\n(CREATE ROLE [\s\S]*?)```/.exec(readFileSync(README, 'utf8')) ?? [];
  if (sql === undefined) throw new Error(`${README} has no SQL block that makes the role`);
  return sql;
}

/** What tells one server from another, also behind another address. */
export async function systemIdentifierOf({ admin }: Pick<Postgres, 'admin'>): Promise<string> {
  const client = new pg.Client(admin);
  await client.connect();
  try {
    const { rows } = await client.query('SELECT system_identifier::text AS id FROM pg_control_system()');
    return rows[0].id;
  } finally {
    await client.end();
  }
}
