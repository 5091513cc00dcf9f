/** Alexander's database on a local server: the tables, the audit's roles, and the secrets to log in with. */
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import type { Postgres } from '../postgres/server.ts';
import { ACTOR, READER, rolesSql } from './roles.ts';
import { DATABASE, type KeyShape, schemaSql } from './schema.ts';

/** AWS's own format for a database's credentials in Secrets Manager. */
export type DatabaseSecret = {
  username: string;
  password: string;
  host: string;
  port: number;
  dbname: string;
  engine: 'postgres';
};

export type Alexander = {
  shape: KeyShape;
  /** The owner of the tables, for planting keys and for looking at what remains. */
  owner: pg.ClientConfig;
  secrets: { reader: DatabaseSecret; actor: DatabaseSecret };
};

/**
 * Makes the database with empty tables; once for each server, because roles belong to all of its databases. Where a proxy
 * stands before the server, `at` is the address that goes into the secrets.
 */
export async function buildAlexander(options: {
  server: Pick<Postgres, 'admin' | 'host' | 'port'>;
  shape: KeyShape;
  at?: { host: string; port: number };
}): Promise<Alexander> {
  const { server, shape, at = server } = options;
  const owner = { ...server.admin, database: DATABASE };
  const passwords = { reader: randomPassword(), actor: randomPassword() };
  await withClient(server.admin, (client) => client.query(`CREATE DATABASE ${DATABASE}`));
  await withClient(owner, (client) => client.query(schemaSql(shape) + rolesSql(shape, passwords)));
  const secret = { host: at.host, port: at.port, dbname: DATABASE, engine: 'postgres' } as const;
  return {
    shape,
    owner,
    secrets: {
      reader: { username: READER, password: passwords.reader, ...secret },
      actor: { username: ACTOR, password: passwords.actor, ...secret },
    },
  };
}

/** Hexadecimal: nothing to quote in SQL, a URL or JSON. */
const randomPassword = (): string => randomBytes(24).toString('hex');

async function withClient(config: pg.ClientConfig, work: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client(config);
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}
