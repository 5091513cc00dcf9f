/** Alexander's instance in RDS, and what a copy of it turns out to be: a copy answers where Alexander's own server does. */
import pg from 'pg';
import { DATABASE } from '../alexander/schema.ts';
import type { StandIn } from '../aws/stand-in.ts';
import type { Postgres } from '../postgres/server.ts';

export const DRILLED = 'alexander-db';
const MASTER = 'alexander_master';
const MINUTE_MS = 60_000;
/** RDS archives every five minutes; here something has kept it from doing so. */
const ARCHIVED_MINUTES_AGO = 25;

type Drilled = { aws: StandIn; postgres: Postgres; owner: pg.ClientConfig };

export async function plantDrilled({ aws, postgres, owner }: Drilled): Promise<void> {
  await run(owner, `CREATE ROLE ${MASTER} LOGIN; GRANT pg_read_all_data TO ${MASTER}`);
  await run(owner, `GRANT CONNECT ON DATABASE ${DATABASE} TO ${MASTER}`);
  const now = aws.clock.now().getTime();
  aws.createDbInstance({
    identifier: DRILLED,
    engine: 'postgres',
    caIdentifier: 'rds-ca-rsa2048-g1',
    serverCertificateValidTill: new Date('2060-01-01T00:00:00Z'),
    endpoint: { host: 'alexander-db.internal', port: 5432 },
    masterUsername: MASTER,
    latestRestorableTime: new Date(now - ARCHIVED_MINUTES_AGO * MINUTE_MS),
  });
  aws.planRestores({
    statuses: ['creating', 'backing-up', 'available'],
    endpoint: { host: 'localhost', port: postgres.port },
    looksUntilPassword: 0,
    // Of letters and digits: nothing to quote.
    setPassword: (password) => run(owner, `ALTER ROLE ${MASTER} PASSWORD '${password}'`),
  });
}

async function run(owner: pg.ClientConfig, sql: string): Promise<void> {
  const client = new pg.Client(owner);
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
