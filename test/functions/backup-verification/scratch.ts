/** What is left on the isolated PostgreSQL, and time that passes there. */
import pg from 'pg';
import { nameOf } from '../../../functions/scratch/name.ts';
import type { Estate } from '../../../local/estate.ts';

type On = Pick<Estate, 'isolated'>;

export async function onIsolated<Row extends pg.QueryResultRow>({ isolated }: On, sql: string): Promise<Row[]> {
  const client = new pg.Client(isolated?.server.admin);
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}

export async function scratchDatabases(estate: On): Promise<string[]> {
  const rows = await onIsolated<{ datname: string }>(
    estate,
    `SELECT datname FROM pg_database WHERE datname LIKE 'nightshift%' ORDER BY 1`,
  );
  return rows.map(({ datname }) => datname);
}

/** Somebody else’s: one that has the very name of a scratch database of ours, and one that nearly has. */
export async function plantForeign(estate: On): Promise<string[]> {
  const maker = { system: 'Alexander', runbook: 'backup-verification', runId: 'theirs' };
  const names = [nameOf(maker, new Date('2020-01-01T00:00:00Z')), 'nightshift_scratch_customers'].toSorted();
  for (const name of names) await onIsolated(estate, `CREATE DATABASE "${name}"`);
  return names;
}

const HOUR_MS = 3_600_000;

/** The server's clock cannot be put forward: so what runs of ours left there becomes older. @returns how many there are */
export async function passHours(estate: On, hours: number): Promise<number> {
  const left = await onIsolated<{ name: string; label: string | null }>(
    estate,
    `SELECT datname AS name, shobj_description(oid, 'pg_database') AS label FROM pg_database
     WHERE datname LIKE 'nightshift%' AND datdba = 'nightshift_restore'::regrole`,
  );
  const earlier = (at: string) => new Date(Date.parse(at) - hours * HOUR_MS).toISOString();
  for (const { name, label } of left) {
    const stamp = name.replace(
      /_(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)_/,
      (_, ...[year, month, day, hour, minute, second]) => {
        const at = earlier(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
        return `_${at.replaceAll(/[^0-9]/g, '').slice(0, 14)}_`;
      },
    );
    await onIsolated(estate, `ALTER DATABASE "${name}" RENAME TO "${stamp}"`);
    const aged = label?.replace(/"at":"([^"]+)"/, (_, at: string) => `"at":"${earlier(at)}"`);
    if (aged !== undefined) await onIsolated(estate, `COMMENT ON DATABASE "${stamp}" IS '${aged}'`);
  }
  return left.length;
}
