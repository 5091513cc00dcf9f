/** Puts blobs into a bucket, and rows about them into a database: whole ones, and every kind that is not. */
import type { ClientBase } from 'pg';
import type { StandIn } from '../aws/stand-in.ts';
import { hashOf, keyOf } from './schema.ts';

export type BlobToPlant = {
  /** Also what makes its hash. */
  content: string;
  /** Absent where there is no object. */
  objectHours?: number;
  /** Absent where there is no row. */
  rowHours?: number;
  /** Objects of the system that reference it, and how many of them are marked as deleted. */
  references?: number;
  deletedReferences?: number;
  /** Parts of uploads that name it, in a column without a foreign key. */
  parts?: number;
  /** What the row says, where it does not say the truth. */
  rowBytes?: number;
  refCount?: number;
};

const HOUR_MS = 3_600_000;

type Place = { aws: StandIn; bucket: string; client: ClientBase };

/** Resolves with the hashes. Ages are before the store's and the database's own time. */
export async function plantBlobs({ aws, bucket, client }: Place, blobs: BlobToPlant[]): Promise<string[]> {
  for (const { content, objectHours } of blobs) {
    if (objectHours === undefined) continue;
    const lastModified = new Date(aws.clock.now().getTime() - objectHours * HOUR_MS);
    aws.putObject(bucket, keyOf(hashOf(content)), content, { lastModified });
  }
  const rows = blobs.map((blob) => ({ ...blob, hash: hashOf(blob.content), bytes: Buffer.byteLength(blob.content) }));
  for (const sql of [INSERT_ROWS, INSERT_OBJECTS, INSERT_PARTS]) await client.query(sql, [JSON.stringify(rows)]);
  return rows.map(({ hash }) => hash);
}

const GIVEN = `
  jsonb_to_recordset($1) AS given (hash text, bytes bigint, "rowHours" float8, "rowBytes" bigint, "refCount" integer,
    "references" integer, "deletedReferences" integer, parts integer)`;

const INSERT_ROWS = `
  INSERT INTO blobs (content_hash, size, storage_path, ref_count, created_at)
  SELECT hash, coalesce("rowBytes", bytes), left(hash, 2) || '/' || substr(hash, 3, 2) || '/' || hash,
         coalesce("refCount", coalesce("references", 0) + coalesce("deletedReferences", 0) + coalesce(parts, 0)),
         now() - "rowHours" * interval '1 hour'
  FROM ${GIVEN} WHERE "rowHours" IS NOT NULL`;

const INSERT_OBJECTS = `
  INSERT INTO objects (name, content_hash, deleted_at)
  SELECT 'object ' || n, hash, CASE WHEN n > coalesce("references", 0) THEN now() END
  FROM ${GIVEN}, generate_series(1, coalesce("references", 0) + coalesce("deletedReferences", 0)) n`;

const INSERT_PARTS = `
  INSERT INTO multipart_parts (upload_id, part_number, content_hash)
  SELECT 'upload ' || left(hash, 8), n, hash FROM ${GIVEN}, generate_series(1, coalesce(parts, 0)) n`;
