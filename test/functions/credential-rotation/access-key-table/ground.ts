/** The key of Alexander's administrator, Alexander itself, and the function that rotates the key. */
import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import pg from 'pg';
import { handler } from '../../../../functions/credential-rotation/access-key-table/handler.ts';
import { ADMIN, plantKey, plantRotatedKey, type RotatedKey } from '../../../../local/alexander/rotated-key.ts';
import { type AlexanderServer, startAlexander } from '../../../../local/alexander/server.ts';
import type { Estate } from '../../../../local/estate.ts';
import { asOwner, type Rotated } from '../ground.ts';

const BUCKETS = ['archive', 'uploads'];

export type AccessKey = {
  system: AlexanderServer;
  planted: RotatedKey;
  rotated: Rotated & { settings: Settings };
  secretArn: string;
  first: Record<string, string>;
};

// biome-ignore lint/suspicious/noExplicitAny: tests write settings that the contract would not allow
type Settings = Record<string, any>;

/** @param at where the secrets say that the database is, if a proxy stands before it */
export async function plantAccessKey(
  estate: Estate,
  at: { host: string; port: number } = estate.postgres,
): Promise<AccessKey> {
  const { owner, shape } = estate.alexander;
  const planted = await plantRotatedKey({ owner, shape, at: { host: at.host, port: at.port } });
  const { certificates, caPem } = estate.postgres;
  const buckets = { [ADMIN]: BUCKETS };
  const system = await startAlexander({ owner, shape, masterKey: planted.masterKey, certificates, buckets });
  const create = (name: string, value: object | string) =>
    estate.aws.createSecret(`alexander/${name}`, typeof value === 'string' ? value : JSON.stringify(value));
  const { key: first, masterKey, reader, actor } = planted.secrets;
  const secretArn = create('admin-credentials', first);
  estate.aws.rotateSecret(secretArn, { functionName: 'rotation', qualifier: 'live', everyDays: 30 });
  const settings = {
    database: {
      reader: { secretArn: create('rotation-reader', reader) },
      actor: { secretArn: create('rotation-actor', actor) },
      caPem,
    },
    masterKey: { secretArn: create('master-key', masterKey) },
    keys: {
      table: 'access_keys',
      keyId: 'access_key_id',
      secret: 'encrypted_secret',
      owner: 'user_id',
      createdAt: 'created_at',
      lastUsedAt: 'last_used_at',
      ...(shape === 'word'
        ? {
            status: { kind: 'word', column: 'status', active: 'Active', inactive: 'Inactive' },
            expiresAt: 'expires_at',
          }
        : { status: { kind: 'boolean', column: 'is_active' } }),
      copied: ['description'],
      filled: ['id'],
    },
    owners: { table: 'users', id: 'id', name: 'username', status: { kind: 'boolean', column: 'is_active' } },
    maxActiveKeysPerOwner: 2,
    endpoint: { url: system.endpoint, caPem },
    overlapHours: 24,
    secrets: [{ secretArn, maxAgeDays: 32, owner: ADMIN, workBucket: 'uploads' }],
  };
  return { system, planted, rotated: { kind: 'access-key-table', handler, settings }, secretArn, first };
}

/** As it was planted. */
export async function reset(estate: Estate, { planted, secretArn, first, system }: AccessKey): Promise<void> {
  system.answerWith(undefined);
  system.remember(false);
  const mine = `user_id = (SELECT id FROM users WHERE username = '${ADMIN}')`;
  await asOwner(
    estate,
    `DELETE FROM access_keys WHERE ${mine}; UPDATE users SET is_active = true WHERE username = '${ADMIN}'`,
  );
  await plant(estate, planted, first);
  estate.aws.resetSecret(secretArn, JSON.stringify(first));
  for (const { key } of estate.aws.objects('alexander-evidence')) estate.aws.eraseVersions('alexander-evidence', key);
}

export async function plant(
  estate: Estate,
  { masterKey }: Pick<RotatedKey, 'masterKey'>,
  value: Record<string, string>,
  owner = ADMIN,
): Promise<void> {
  const client = new pg.Client(estate.alexander.owner);
  await client.connect();
  const { access_key = '', secret_key = '' } = value;
  await plantKey(client, { access_key, secret_key, masterKey, owner }).finally(() => client.end());
}

/** Whether a client that knows nothing of us gets in. */
export async function logsIn(
  estate: Estate,
  { system }: AccessKey,
  { access_key = '', secret_key = '' }: Record<string, string>,
): Promise<boolean> {
  const client = new S3Client({
    endpoint: system.endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId: access_key, secretAccessKey: secret_key },
    requestHandler: { httpsAgent: { ca: estate.postgres.caPem } },
  });
  try {
    await client.send(new ListBucketsCommand({}));
    return true;
  } catch (error) {
    if (['InvalidAccessKeyId', 'SignatureDoesNotMatch'].includes((error as Error).name)) return false;
    throw error;
  } finally {
    client.destroy();
  }
}

export type KeyRow = { id: string; active: boolean; description: string; lives: string | null };

/** The administrator's keys as they are in the table, by their ids. */
export async function keyRows(estate: Estate): Promise<KeyRow[]> {
  const word = estate.alexander.shape === 'word';
  return asOwner<KeyRow>(
    estate,
    `SELECT access_key_id AS id, ${word ? `status = 'Active'` : 'is_active'} AS active, description,
            ${word ? `(expires_at - created_at)::text` : 'NULL'} AS lives
       FROM access_keys WHERE user_id = (SELECT id FROM users WHERE username = '${ADMIN}') ORDER BY access_key_id`,
  );
}

/** So many hours go by: for the notes of the rotation, and for the table. */
export async function hoursPass(estate: Estate, hours: number): Promise<void> {
  await asOwner(
    estate,
    `UPDATE access_keys SET last_used_at = last_used_at - interval '${hours} hours' WHERE user_id = (SELECT id FROM users WHERE username = '${ADMIN}')`,
  );
  const bucket = 'alexander-evidence';
  for (const { key, body } of estate.aws.objects(bucket)) {
    if (!key.endsWith('/notes.json')) continue;
    const noted = JSON.parse(body.toString());
    if (noted.switched) noted.switched.at = new Date(Date.parse(noted.switched.at) - hours * 3_600_000).toISOString();
    estate.aws.putObject(bucket, key, JSON.stringify(noted));
  }
}

/** The same function, with settings that a test has edited. */
export function edited({ rotated }: AccessKey, edit: (settings: Settings) => void): AccessKey['rotated'] {
  const settings = structuredClone(rotated.settings);
  edit(settings);
  return { ...rotated, settings };
}
