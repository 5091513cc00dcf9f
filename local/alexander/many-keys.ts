/** As many keys as a benchmark wants, the same ones every time. */
import type { ClientBase } from 'pg';
import { KEY_INDEXES, type KeyShape } from './schema.ts';

/** Beyond the ids that the sequence gives to planted owners. */
const FIRST_OWNER_ID = 10_000_000;

const KEYS_PER_OWNER = 3;

const INSERT_OWNERS = `
  INSERT INTO users (id, username, email, password_hash)
  SELECT ${FIRST_OWNER_ID} + n, 'owner-' || n, 'owner-' || n || '@alexander.example', 'not a hash'
  FROM generate_series(1, $1::bigint) AS n
`;

const STATUS = {
  boolean: { column: 'is_active', value: 'n % 3 <> 0' },
  word: { column: 'status', value: `(CASE WHEN n % 3 <> 0 THEN 'Active' ELSE 'Inactive' END)::access_key_status` },
};

/**
 * Of an owner's three keys the third is turned off, so nobody has too many. Three keys of every 150 are idle for 95 to 394
 * days, and all of those are active; the other active keys were used in the last 60 days. A tenth of those that are turned
 * off was never used. Key ids come from a hash, so they are not stored in their own order.
 */
const insertMany = ({ column, value }: { column: string; value: string }): string => `
  INSERT INTO access_keys (user_id, access_key_id, encrypted_secret, created_at, last_used_at, ${column})
  SELECT
    ${FIRST_OWNER_ID} + (n + ${KEYS_PER_OWNER - 1}) / ${KEYS_PER_OWNER},
    'AK' || upper(left(md5(n::text), 18)),
    'not a secret',
    now() - (400 + n % 900) * interval '1 day',
    CASE
      WHEN n % 150 IN (1, 50, 100) THEN now() - (95 + n / 50 % 300) * interval '1 day'
      WHEN n % 30 = 0 THEN NULL
      ELSE now() - (n * 7919 % 5184000) * interval '1 second'
    END,
    ${value}
  FROM generate_series(1, $1::bigint) AS n
`;

/**
 * Adds `count` keys and a third as many owners, then lets the planner know. Needs a superuser: checking a foreign key for
 * each of five million rows that are right by construction would take longer than inserting them.
 */
export async function insertKeys(client: ClientBase, count: number, { shape }: { shape: KeyShape }): Promise<void> {
  await client.query('BEGIN');
  try {
    await client.query('SET LOCAL session_replication_role = replica');
    await client.query(KEY_INDEXES.drop);
    await client.query(INSERT_OWNERS, [Math.ceil(count / KEYS_PER_OWNER)]);
    await client.query(insertMany(STATUS[shape]), [count]);
    await client.query(KEY_INDEXES.add);
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  }
  await client.query('VACUUM ANALYZE users, access_keys');
}
