/** What a dump is made of, whichever of pg_dump's formats it was written in. */

/**
 * One SQL statement, without the semicolon’s line end; `at` says where in the dump it stands, for a person. `entry`: its number in
 * the table of contents of an archive. An entry is done when an item of another one, or the end, has come.
 */
export type Statement = { sql: string; at: string; entry?: number };

/**
 * In the order in which pg_dump wrote them, which is the order in which they can be carried out. What has `data` must be read to
 * its end before the next item is asked for.
 */
export type DumpItem =
  /** Some at a time: one by one, a dump of INSERTs would be millions of round trips through the event loop. */
  | { kind: 'statements'; statements: Statement[] }
  /** Rows in COPY's text format, without the closing `\.`. */
  | { kind: 'copy'; table: TableName; sql: string; at: string; entry?: number; data: AsyncIterable<Buffer> }
  /** The content of a large object of an archive, made by a statement before; a plain dump has statements for it. */
  | { kind: 'large object'; oid: string; at: string; entry: number; data: AsyncIterable<Buffer> }
  /** A line that begins with a backslash is for psql, and may be any program (CVE-2025-8714): it is never carried out. */
  | { kind: 'psql command'; text: string; at: string };

/** As pg_dump means it: without quotes. */
export type TableName = { schema: string; table: string };

export type Compression = 'none' | 'gzip' | 'zstd' | 'lz4';

/** What is wrong with a dump as a file; every one is its own finding (F70). */
export type Defect = {
  kind:
    | 'empty'
    | 'not a dump'
    | 'cut off' // the compression, or the file, ends before its end
    | 'corrupt' // a checksum or a structure does not hold
    | 'no end' // a good file of half a dump: the last COPY, or pg_dump’s own last line, is missing
    | 'bytes after the end'
    | 'unsupported'; // a format or compression that is not read here; `what` says which, and what to do
  /** One sentence with the place: a byte, a line, a table. */
  what: string;
};

/** All that can be known of a dump without a database. */
export type Scan = {
  format: 'plain' | 'custom' | 'unknown';
  compression: Compression;
  /** As stored, and after decompression. */
  bytes: { stored: number; inside: number };
  /** Of the bytes as stored, in hexadecimal. */
  sha256: string;
  /** As in `17.5`, where the dump says it. */
  serverVersion?: string;
  pgDumpVersion?: string;
  /** Those that the dump has data for or creates, by COPY and INSERT alike, in byte order of schema and table. */
  tables: (TableName & { rows: number })[];
  largeObjects: number;
  /** psql commands in it, the first few: harmless ones (`\restrict`, `\connect` of itself) are not listed. */
  psqlCommands: string[];
  /** Undefined: whole and in order. */
  defect?: Defect;
};
