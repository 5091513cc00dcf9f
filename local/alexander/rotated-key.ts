/** The key of Alexander's administrator, which is rotated; its two database roles; and the secrets that name all three. */
import { createCipheriv, randomBytes } from 'node:crypto';
import pg from 'pg';
import { documentedGrants } from '../rotation/documented-grants.ts';
import { DATABASE, type KeyShape, statusColumns } from './schema.ts';

export const ROTATION_READER = 'nightshift_rotation_reader';
const ROTATION_ACTOR = 'nightshift_rotation_actor';

/** Written for the shape with a status word; the older shape has another column in its place, and no expiry. */
export const ROTATION_GRANTS = documentedGrants('access-key-table');

export const ADMIN = 'storage-admin';

export type RotatedKey = {
  masterKey: Buffer;
  /** What the secrets hold. */
  secrets: { key: Record<string, string>; masterKey: string; reader: object; actor: object };
};

type Options = { owner: pg.ClientConfig; shape: KeyShape; at: { host: string; port: number } };

/** Once for each server, because roles belong to all of its databases. */
export async function plantRotatedKey({ owner, shape, at }: Options): Promise<RotatedKey> {
  const masterKey = randomBytes(32);
  const password = { reader: randomBytes(24).toString('hex'), actor: randomBytes(24).toString('hex') };
  const key = { access_key: 'AKSTORAGEADMIN000001', secret_key: randomBytes(20).toString('hex') };
  const client = new pg.Client(owner);
  await client.connect();
  try {
    await client.query(`${grantsFor(shape)}
      ALTER ROLE ${ROTATION_READER} PASSWORD '${password.reader}'; ALTER ROLE ${ROTATION_ACTOR} PASSWORD '${password.actor}';`);
    await client.query(
      `INSERT INTO users (username, email, password_hash, is_admin) VALUES ($1, $1, 'not a hash', true)`,
      [ADMIN],
    );
    await plantKey(client, { ...key, masterKey, owner: ADMIN });
  } finally {
    await client.end();
  }
  const database = { ...at, dbname: DATABASE, engine: 'postgres' };
  return {
    masterKey,
    secrets: {
      key: { ...key, note: 'for the backup job' },
      masterKey: masterKey.toString('base64'),
      reader: { username: ROTATION_READER, password: password.reader, ...database },
      actor: { username: ROTATION_ACTOR, password: password.actor, ...database },
    },
  };
}

function grantsFor(shape: KeyShape): string {
  const [status] = statusColumns(shape);
  return shape === 'word'
    ? ROTATION_GRANTS
    : ROTATION_GRANTS.replaceAll(', expires_at', '').replaceAll('status', status);
}

type Planted = { access_key: string; secret_key: string; masterKey: Buffer; owner: string };

/** A key in use, made a month ago. */
export async function plantKey(client: pg.ClientBase, { access_key, secret_key, masterKey, owner }: Planted) {
  await client.query(
    `INSERT INTO access_keys (user_id, access_key_id, encrypted_secret, description, created_at)
     SELECT id, $1, $2, 'administration', now() - interval '30 days' FROM users WHERE username = $3`,
    [access_key, sealed(secret_key, masterKey), owner],
  );
}

function sealed(secret: string, masterKey: Buffer): string {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', masterKey, nonce);
  return Buffer.concat([nonce, cipher.update(secret), cipher.final(), cipher.getAuthTag()]).toString('base64');
}
