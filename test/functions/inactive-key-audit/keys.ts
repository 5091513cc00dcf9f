/** Shorthand of the audit's tests: keys put into Alexander's table, and what is left there and in the bucket. */

import type { Report } from '../../../functions/runtime/report.ts';
import type { Estate } from '../../../local/estate.ts';
import { asOwner, writeLedger } from '../time.ts';

/** Idle for 200 days, warned about 30 days ago: due to be turned off. */
const IDLE_DAYS = 200;
const WARNED_DAYS_AGO = 30;
const DAY_SECONDS = 86_400;

// biome-ignore lint/suspicious/noExplicitAny: tests write settings that the contract would not allow
export const roomy = (deployment: any) => {
  deployment.settings.caps = { maxTargets: 100, maxPercent: 100 };
};

/** A key id of 20 characters, as Alexander demands. */
export const keyId = (name: string) => `AK${name.toUpperCase()}`.padEnd(20, '0');

/** Empties table and bucket; each owner then has one busy key, and as many due ones as asked for. Resolves with the due ids. */
export async function plantDue(estate: Estate, owners: Record<string, number>): Promise<string[]> {
  await reset(estate);
  const keys: Key[] = [];
  const due: string[] = [];
  for (const [owner, count] of Object.entries(owners)) {
    keys.push({ owner, keyId: keyId(`busy${owner}`), usedDaysAgo: 1 });
    const ids = Array.from({ length: count }, (_, n) => keyId(`due${owner}${String(n + 1).padStart(2, '0')}`));
    keys.push(...ids.map((id) => ({ owner, keyId: id, usedDaysAgo: IDLE_DAYS })));
    due.push(...ids);
  }
  await insertKeys(estate, keys);
  warn(estate, due);
  return due;
}

/** Puts warnings about these keys on record, old enough for the grace to be over. */
export function warn(estate: Estate, keyIds: string[], daysAgo = WARNED_DAYS_AGO): void {
  const memo = String(Math.floor(Date.now() / 1000) - daysAgo * DAY_SECONDS);
  writeLedger(
    estate,
    keyIds.toSorted().map((target) => ({ target, rank: 7, memo })),
  );
}

/** No key, no owner, and a bucket without a past. */
export async function reset(estate: Estate): Promise<void> {
  await asOwner(estate, 'TRUNCATE access_keys, users');
  emptyBucket(estate);
}

export function emptyBucket({ aws, ...estate }: Estate): void {
  const bucket = bucketOf(estate);
  for (const { key } of aws.objects(bucket)) aws.removeObject(bucket, key);
}

export function bucketOf({ environmentOf }: Pick<Estate, 'environmentOf'>): string {
  return environmentOf('test').EVIDENCE_BUCKET ?? '';
}

type Key = { owner: string; keyId: string; usedDaysAgo: number };

const INSERT_KEYS = `
  WITH given AS (SELECT * FROM jsonb_to_recordset($1) AS given (owner text, "keyId" text, "usedDaysAgo" float8)),
  known AS (
    INSERT INTO users (username, email, password_hash) SELECT DISTINCT owner, owner, '' FROM given
    ON CONFLICT (username) DO UPDATE SET email = users.email RETURNING id, username
  )
  INSERT INTO access_keys (user_id, access_key_id, encrypted_secret, created_at, last_used_at)
  SELECT id, "keyId", '', now() - interval '900 days', now() - "usedDaysAgo" * interval '1 day'
  FROM given JOIN known ON username = owner`;

/** Active keys, made 900 days ago; of a table with a status word. */
export async function insertKeys(estate: Estate, keys: Key[]): Promise<void> {
  await asOwner(estate, INSERT_KEYS, [JSON.stringify(keys)]);
}

/** Ids of the keys that are on, in byte order; of a table with a status word. */
export async function activeKeys(estate: Estate): Promise<string[]> {
  const sql = `SELECT access_key_id FROM access_keys WHERE status = 'Active' ORDER BY access_key_id COLLATE "C"`;
  return (await asOwner<{ access_key_id: string }>(estate, sql)).map((row) => row.access_key_id);
}

/** Ids of the keys that are off, in byte order. */
export async function keysOff(estate: Estate): Promise<string[]> {
  const sql = `SELECT access_key_id FROM access_keys WHERE status <> 'Active' ORDER BY access_key_id COLLATE "C"`;
  return (await asOwner<{ access_key_id: string }>(estate, sql)).map((row) => row.access_key_id);
}

export function setStatus(estate: Estate, id: string, status: 'Active' | 'Inactive'): Promise<unknown> {
  return asOwner(estate, 'UPDATE access_keys SET status = $2 WHERE access_key_id = $1', [id, status]);
}

/** Gives these keys the same status. Resolves with the id of the transaction that did it. */
export async function setAll(estate: Estate, status: 'Active' | 'Inactive', keyIds: string[]): Promise<string> {
  const sql = `UPDATE access_keys SET status = $1 WHERE access_key_id = ANY ($2) RETURNING pg_current_xact_id()::text AS xid`;
  const [row] = await asOwner<{ xid: string }>(estate, sql, [status, keyIds]);
  return row?.xid ?? '';
}

/** What a run stored beside its report, under this suffix. */
export function stored(estate: Estate, { runId }: Report, suffix: string): Buffer {
  const found = estate.aws.objects(bucketOf(estate)).find(({ key }) => key.endsWith(`/${runId}.${suffix}`));
  if (found === undefined) throw new Error(`run ${runId} stored no ${suffix}`);
  return found.body;
}

/** Every stored report, in the order in which the runs began. */
export function storedReports(estate: Estate): Report[] {
  return estate.aws
    .objects(bucketOf(estate))
    .filter(({ key }) => key.startsWith('reports/') && key.endsWith('.json'))
    .map(({ body }) => JSON.parse(body.toString()) as Report)
    .sort((a, b) => Date.parse(a.startedAt) - Date.parse(b.startedAt));
}

/** Targets of the outcomes that ended so. */
export function targets({ outcomes }: Report, status: Report['outcomes'][number]['status']): string[] {
  return outcomes.filter((outcome) => outcome.status === status).map(({ target }) => target);
}
