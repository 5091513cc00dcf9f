/** Puts the planted night into Alexander's tables. */
import type { ClientBase } from 'pg';
import { INACTIVE_OWNER, type PlantedKey, plantedKeys } from './planted-keys.ts';
import type { KeyShape } from './schema.ts';

const INSERT_OWNERS = `
  INSERT INTO users (username, email, password_hash, is_active)
  SELECT name, name || '@alexander.example', 'not a hash', name <> $2
  FROM unnest($1::text[]) AS name
`;

const STATUS = {
  boolean: { columns: 'is_active', values: 'planted.active' },
  word: {
    columns: 'status, expires_at',
    values: `
      (CASE WHEN planted.active THEN 'Active' ELSE 'Inactive' END)::access_key_status,
      now() - planted.expired_days_ago * interval '1 day'`,
  },
};

const insertPlanted = (shape: KeyShape): string => `
  INSERT INTO access_keys
    (user_id, access_key_id, encrypted_secret, description, created_at, last_used_at, ${STATUS[shape].columns})
  SELECT
    users.id,
    planted.key_id,
    gen_random_uuid()::text,
    planted.plant,
    now() - planted.created_days_ago * interval '1 day',
    now() - planted.used_days_ago * interval '1 day',
    ${STATUS[shape].values}
  FROM jsonb_to_recordset($1) AS planted (
    plant text, key_id text, owner text, created_days_ago float8, used_days_ago float8, expired_days_ago float8,
    active boolean
  )
  JOIN users ON users.username = planted.owner
`;

/** Adds every planted key of this shape and its owner. Ages are before the database's now(). Resolves with the keys. */
export async function plantKeys(client: ClientBase, shape: KeyShape): Promise<PlantedKey[]> {
  const keys = plantedKeys(shape);
  const owners = [...new Set(keys.map(({ owner }) => owner))];
  await client.query(INSERT_OWNERS, [owners, INACTIVE_OWNER]);
  await client.query(insertPlanted(shape), [JSON.stringify(keys.map(toRow))]);
  return keys;
}

const toRow = (key: PlantedKey) => ({
  plant: key.plant,
  key_id: key.keyId,
  owner: key.owner,
  created_days_ago: key.createdDaysAgo,
  used_days_ago: key.usedDaysAgo ?? null,
  expired_days_ago: key.expiredDaysAgo ?? null,
  active: key.active ?? true,
});
