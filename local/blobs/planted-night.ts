/** Alexander's blobs as they are tonight: most are in order, some nothing references, and one is lost. */
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import type { DatabaseSecret } from '../alexander/alexander.ts';
import { DATABASE } from '../alexander/schema.ts';
import type { StandIn } from '../aws/stand-in.ts';
import { type BlobToPlant, plantBlobs } from './plant.ts';
import { ACTOR, READER, rolesSql } from './roles.ts';
import { BLOB_TABLES } from './schema.ts';

const BLOB_BUCKET = 'alexander-blobs';

export type BlobSecrets = { reader: DatabaseSecret; actor: DatabaseSecret };

const DAY_HOURS = 24;

type Place = { aws: StandIn; owner: pg.ClientConfig; at: { host: string; port: number } };

/** Tables, roles, bucket and blobs. The secrets are those of the two roles. */
export async function plantBlobNight({ aws, owner, at }: Place): Promise<BlobSecrets> {
  const password = randomBytes(24).toString('hex');
  aws.createBucket(BLOB_BUCKET, { versioned: true });
  aws.setLifecycle(BLOB_BUCKET, [{ id: 'quarantined blobs', noncurrentDays: 14 }]);
  const client = new pg.Client(owner);
  await client.connect();
  try {
    await client.query(BLOB_TABLES + rolesSql({ database: DATABASE, password }));
    await plantBlobs({ aws, bucket: BLOB_BUCKET, client }, blobsOfTonight());
  } finally {
    await client.end();
  }
  const secret = { password, host: at.host, port: at.port, dbname: DATABASE, engine: 'postgres' } as const;
  return { reader: { username: READER, ...secret }, actor: { username: ACTOR, ...secret } };
}

function blobsOfTonight(): BlobToPlant[] {
  const days = (count: number) => ({ objectHours: count * DAY_HOURS, rowHours: count * DAY_HOURS });
  const content = (name: string, at: number) => `${name} ${at} ${'.'.repeat(at * 97)}`;
  const many = (count: number, blob: (at: number) => BlobToPlant) => Array.from({ length: count }, (_, at) => blob(at));
  return [
    ...many(60, (at) => ({ content: content('photo', at), ...days(10 + at), references: 1 + (at % 3) })),
    ...many(12, (at) => ({ content: content('old version', at), ...days(5 + at * 20) })),
    ...many(7, (at) => ({ content: content('upload that failed', at), objectHours: (4 + at * 9) * DAY_HOURS })),
    { content: 'an upload in flight', objectHours: 1 },
    { content: 'a blob that is lost', rowHours: 400 * DAY_HOURS, references: 2 },
  ];
}
