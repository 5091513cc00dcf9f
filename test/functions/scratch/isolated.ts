/** An isolated PostgreSQL with the role that a restore logs in as, and the secret that it finds its password in. */
import pg from 'pg';
import { afterAll, beforeAll } from 'vitest';
import { Scratch } from '../../../functions/scratch/contract.ts';
import type { Run } from '../../../functions/scratch/server.ts';
import { type Postgres, startPostgres } from '../../../local/postgres/server.ts';
import { type Account, useAccount } from '../runtime/account.ts';

export const ROLE = 'restorer';
const PASSWORD = 'canary-51c0';

export type Isolated = {
  server: Postgres;
  admin: pg.Client;
  account: Account;
  /** What one run is told. */
  run: (asked?: Asked) => Run;
};

type Asked = {
  at?: { host: string; port: number };
  runId?: string;
  runbook?: string;
  role?: string;
  workMs?: number;
  source?: Partial<Scratch['source']>;
};

export function useIsolated(): Isolated {
  const account = useAccount();
  const isolated = { account } as Isolated;
  beforeAll(async () => {
    isolated.server = await startPostgres({ dataRoot: '.nightshift/test', inMemory: true });
    isolated.admin = new pg.Client(isolated.server.admin);
    isolated.admin.on('error', () => {});
    await isolated.admin.connect();
    await isolated.admin.query(`CREATE ROLE ${ROLE} LOGIN CREATEDB PASSWORD '${PASSWORD}'`);
    isolated.run = (asked) => runOf(isolated, asked);
  });
  afterAll(async () => {
    await isolated.admin?.end();
    await isolated.server?.stop();
  });
  return isolated;
}

/** Gives another role the same password. */
export async function addRole({ admin }: Isolated, name: string, attributes: string): Promise<void> {
  await admin.query(`CREATE ROLE ${name} LOGIN ${attributes} PASSWORD '${PASSWORD}'`);
}

let secrets = 0;

function runOf(
  { server, account }: Isolated,
  { at = server, runId = 'run-1', runbook = 'backup-verification', role = ROLE, workMs = 25_000, source }: Asked = {},
): Run {
  const { host, port } = at;
  const secret = { username: role, password: PASSWORD, host, port, dbname: 'postgres' };
  const secretArn = account.aws.createSecret(`scratch-${++secrets}`, JSON.stringify(secret));
  const settings = Scratch.parse({
    database: { reader: { secretArn }, caPem: server.caPem },
    source: { hosts: ['production.invalid'], systemIdentifier: '7000000000000000001', ...source },
  });
  const endsAt = performance.now() + workMs;
  const workMsLeft = () => Math.max(0, endsAt - performance.now());
  return {
    settings,
    maker: { system: 'Alexander', runbook, runId },
    deadline: { remainingMs: workMsLeft, workMs: workMsLeft },
  };
}

/** The databases that are there, but for PostgreSQL's own. */
export async function databasesOf({ admin }: Isolated): Promise<string[]> {
  const { rows } = await admin.query(
    `SELECT datname FROM pg_database WHERE datname NOT IN ('postgres', 'template0', 'template1') ORDER BY 1`,
  );
  return rows.map(({ datname }) => datname);
}
