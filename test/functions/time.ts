/** Lets days pass between two runs, as far as the audit can tell: rows grow older, and so do the warnings it has on record. */
import { gunzipSync, gzipSync } from 'node:zlib';
import pg from 'pg';
import type { Estate } from '../../local/estate.ts';

const LEDGER = 'state/inactive-key-audit/ledger.jsonl.gz';
const RECORDS = 'state/inactive-key-audit/keys/';
const DAY_SECONDS = 86_400;

/**
 * The audit's own record of each key grows older, too. Only active keys grow older: a row that is written again is another row version to PostgreSQL, and a key that is off must
 * still be what the audit left.
 */
export async function passDays(estate: Estate, days: number): Promise<void> {
  const active = estate.alexander.shape === 'word' ? `status = 'Active'` : 'is_active';
  await asOwner(
    estate,
    `UPDATE access_keys SET created_at = created_at - $1 * interval '1 day',
       last_used_at = last_used_at - $1 * interval '1 day' WHERE ${active}`,
    [days],
  );
  ageRecords(estate, days);
  writeLedger(
    estate,
    readLedger(estate).map((entry) => {
      const warned = entry.memo === undefined ? {} : { memo: String(Number(entry.memo) - days * DAY_SECONDS) };
      return { ...entry, ...warned };
    }),
  );
}

function ageRecords({ aws, environmentOf }: Estate, days: number): void {
  const bucket = environmentOf('test').EVIDENCE_BUCKET ?? '';
  const older = (_: string, at: string) =>
    `"at":"${new Date(Date.parse(at) - days * DAY_SECONDS * 1000).toISOString()}"`;
  for (const { key, body } of aws.objects(bucket)) {
    if (key.startsWith(RECORDS)) aws.putObject(bucket, key, body.toString().replaceAll(/"at":"([^"]+)"/g, older));
  }
}

type Entry = { target: string; rank: number; memo?: string };

/** What the last run remembered; empty before the first one. */
export function readLedger({ aws, environmentOf }: Estate): Entry[] {
  const bucket = environmentOf('test').EVIDENCE_BUCKET ?? '';
  const ledger = aws.objects(bucket).find(({ key }) => key === LEDGER);
  const lines = ledger === undefined ? [] : gunzipSync(ledger.body).toString().split('\n').filter(Boolean);
  return lines.map((line) => JSON.parse(line) as Entry);
}

export function writeLedger({ aws, environmentOf }: Estate, entries: Entry[]): void {
  const lines = entries.map((entry) => `${JSON.stringify(entry)}\n`).join('');
  aws.putObject(environmentOf('test').EVIDENCE_BUCKET ?? '', LEDGER, gzipSync(lines));
}

/** One connection for each estate, which ends with its server: a new one for each statement would be most of a test's time. */
const owners = new WeakMap<Estate, Promise<pg.Client>>();

/** Runs one statement as the owner of the tables. */
export async function asOwner<Row extends pg.QueryResultRow>(
  estate: Estate,
  sql: string,
  values: unknown[] = [],
): Promise<Row[]> {
  const owner = owners.get(estate) ?? connect(estate.alexander.owner);
  owners.set(estate, owner);
  return (await (await owner).query<Row>(sql, values)).rows;
}

async function connect(config: pg.ClientConfig): Promise<pg.Client> {
  const client = new pg.Client(config);
  client.on('error', () => {});
  await client.connect();
  return client;
}
