/** The tables in which a system like Alexander keeps what it knows of its blobs, and what references them. */
import { createHash } from 'node:crypto';

/**
 * Three ways to reference a blob: by a foreign key, by a plain column, and by one blob on another. `storage_path` repeats what the hash
 * says, and keeps nothing alive.
 */
export const BLOB_TABLES = `
  CREATE TABLE blobs (
    content_hash    varchar(64) PRIMARY KEY,
    size            bigint      NOT NULL,
    storage_path    text        NOT NULL,
    ref_count       integer     NOT NULL DEFAULT 0,
    delta_base_hash varchar(64) REFERENCES blobs (content_hash),
    created_at      timestamptz NOT NULL DEFAULT now()
  );
  CREATE TABLE objects (
    id           bigserial PRIMARY KEY,
    name         text      NOT NULL,
    content_hash varchar(64) REFERENCES blobs (content_hash),
    deleted_at   timestamptz
  );
  CREATE INDEX objects_by_content ON objects (content_hash);
  CREATE TABLE multipart_parts (
    upload_id    text        NOT NULL,
    part_number  integer     NOT NULL,
    content_hash varchar(64) NOT NULL,
    PRIMARY KEY (upload_id, part_number)
  );
`;

/** What settings say of these tables. */
export const BLOB_MAPPING = {
  key: '{hash:0:2}/{hash:2:4}/{hash}',
  blobs: { table: 'blobs', hash: 'content_hash', size: 'size', createdAt: 'created_at', refCount: 'ref_count' },
  references: [
    { table: 'objects', column: 'content_hash' },
    { table: 'multipart_parts', column: 'content_hash' },
    { table: 'blobs', column: 'delta_base_hash' },
  ],
  notReferences: [{ table: 'blobs', column: 'storage_path' }],
};

export function hashOf(content: string): string {
  return createHash('sha256').update(content).digest('hex');
}

export function keyOf(hash: string): string {
  return `${hash.slice(0, 2)}/${hash.slice(2, 4)}/${hash}`;
}
