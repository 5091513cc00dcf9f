/** As many blobs as a benchmark wants, the same ones every time; their hashes ascend with their number, so a listing can be made up. */
import type { ClientBase } from 'pg';
import { Settings } from '../../functions/orphan-blob-gc/contract.ts';
import { BLOB_MAPPING, keyOf } from './schema.ts';

const TAIL = 'f'.repeat(51);
/** The numbers of all blobs together have 13 hexadecimal digits. */
const SPAN = 2 ** 52;

export const manyMapping = {
  blobs: Settings.shape.blobs.parse(BLOB_MAPPING.blobs),
  references: Settings.shape.references.parse(BLOB_MAPPING.references.slice(0, 2)),
};

/** What the catalogue says of them. */
export const manySound = new Set(['public.objects.content_hash']);

export function hashOfNumber(n: number, count: number): string {
  return (n * Math.floor(SPAN / count)).toString(16).padStart(13, '0') + TAIL;
}

export function* manyKeys(count: number): Generator<string, void> {
  for (let n = 0; n < count; n += 1) yield keyOf(hashOfNumber(n, count));
}

/** One in a hundred has no reference. Rows are stored in another order than that of their hashes. */
const INSERT = `
  INSERT INTO blobs (content_hash, size, storage_path, ref_count, created_at)
  SELECT hash, 1, 'not used', CASE WHEN n % 100 = 0 THEN 0 ELSE 1 END, now() - interval '100 days'
  FROM (SELECT (i * 7919) % $1::bigint AS n FROM generate_series(0, $1::bigint - 1) i) numbered,
       LATERAL (SELECT lpad(to_hex(n * ($2::bigint / $1::bigint)), 13, '0') || '${TAIL}' AS hash) hashed`;

const REFERENCE = `
  INSERT INTO objects (name, content_hash)
  SELECT 'object', content_hash FROM blobs WHERE ref_count = 1`;

/** Needs a superuser: foreign keys of rows that are right by construction are not checked one by one. `count` must not be a multiple of 7919. */
export async function insertManyBlobs(client: ClientBase, count: number): Promise<void> {
  await client.query('SET session_replication_role = replica');
  await client.query(INSERT, [count, SPAN]);
  await client.query(REFERENCE);
  await client.query('SET session_replication_role = DEFAULT');
  await client.query('CREATE INDEX parts_by_content ON multipart_parts (content_hash)');
  // What docs/orphan-blob-gc.md advises.
  await client.query(
    'CREATE INDEX blobs_in_bytes ON blobs (content_hash COLLATE "C") INCLUDE (size, created_at, ref_count)',
  );
  await client.query('CREATE INDEX objects_in_bytes ON objects (content_hash COLLATE "C")');
  // Without synchronous commits, rows whose commit is not yet on disk would not be found visible to all, and be looked up one by one.
  await client.query('CHECKPOINT');
  await client.query('VACUUM ANALYZE');
}
