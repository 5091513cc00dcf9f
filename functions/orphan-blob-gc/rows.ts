/** The one place where a marking reads the system’s blob table: all of it from one snapshot, as a stream in the order of its bytes. */
import { RefusalError } from '../runtime/errors.ts';
import type { Session } from '../runtime/postgres.ts';

import { copiedRows, type Fields, literal, quoted } from '../runtime/sql.ts';
import type { Reference } from './contract.ts';
import type { References, RowFacts } from './decide.ts';
import { type ByteColumns, hashOfBlob, type Mapping, nameOf, runsIn, selectHashes, textOf } from './references.ts';
import type { Range } from './shards.ts';

/** What a sort of millions may have of the server’s memory before it goes on on disk. */
const WORK_MEM = '64MB';

/** The first statement of a transaction: whatever is read in it from now on is of one moment (F52). */
export async function holdSnapshot(session: Session): Promise<{ databaseNowSeconds: number }> {
  await session.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY');
  await session.query(`SET LOCAL work_mem = '${WORK_MEM}'`);
  const [row] = await session.query<{ now: number }>(`SELECT date_part('epoch', pg_catalog.now()) AS now`);
  return { databaseNowSeconds: Number(row?.now) };
}

/**
 * How many references each column holds, in one pass over each. An object without a row could be that of a row whose hash is spelled
 * otherwise, and a blob without references that of a reference spelled so; so both are looked at before anything is judged.
 * @throws RefusalError naming the column that holds what is no hash (F53)
 */
export async function countReferences(session: Session, mapping: Mapping, bytes: ByteColumns): Promise<References> {
  const { schema, table, hash } = mapping.blobs;
  await countIn(session, { schema, table, column: hash, holds: 'hash' }, { mapping, bytes });
  const counts: References = {};
  for (const reference of mapping.references)
    counts[nameOf(reference)] = await countIn(session, reference, { mapping, bytes });
  return counts;
}

type Counting = { mapping: Mapping; bytes: ByteColumns };

async function countIn(session: Session, reference: Reference, { mapping, bytes }: Counting): Promise<number> {
  const { schema, table, column, holds } = reference;
  const { hashDigits } = mapping.blobs;
  const value = textOf(quoted(column), bytes.has(nameOf(reference)));
  // Some systems write an empty text where they mean that there is no blob.
  const isOdd = `${value} <> '' AND (length(${value}) <> ${hashDigits} OR translate(${value}, '0123456789abcdef', '') <> '')`;
  const odd = holds === 'hash' ? `min(left(${value}, ${EXAMPLE})) FILTER (WHERE ${isOdd})` : 'NULL';
  const longest = holds === 'text' ? `max(${longestRunIn(`${quoted(column)}::text`, hashDigits)})` : 'NULL::int';
  const [row] = await session.query<{ count: string; odd: string | null; longest: number | null }>(
    `SELECT count(${quoted(column)})::text AS count, ${odd} AS odd, ${longest} AS longest FROM ${quoted(schema, table)}`,
  );
  if (row?.odd) throw new RefusalError(spelledOtherwise(nameOf(reference), row.odd, hashDigits));
  if ((row?.longest ?? 0) > LONGEST_RUN) throw new RefusalError(tooLong(nameOf(reference), row?.longest ?? 0));
  return Number(row?.count);
}

/** A hash may begin at every digit of a run, so what is longer would cost more than a marking may. It is refused, never passed over. */
const LONGEST_RUN = 4_096;

function longestRunIn(text: string, hashDigits: number): string {
  return `(SELECT max(length(run[1])) FROM ${runsIn(text, hashDigits)} AS found(run))`;
}

function tooLong(where: string, digits: number): string {
  return `${where} holds ${digits} hexadecimal digits in a row, and a hash could begin at any of them; at most ${LONGEST_RUN} are looked through. Name the column in settings.notReferences if it keeps no blob alive, or reference blobs by a column of their own.`;
}

/** So much of a value is told. */
const EXAMPLE = 80;

function spelledOtherwise(where: string, value: string, digits: number): string {
  return `${where} holds ${JSON.stringify(value)}, which is not a hash of ${digits} lower-case hexadecimal digits. Correct settings.blobs, or set holds: "text" for a reference that holds more than the hash.`;
}

type Reading = { mapping: Mapping; bytes: ByteColumns; sound: SoundColumns; after: string; upTo?: Range['upTo'] };

/** Every row of the blob table and every hash that is referenced, those in the range, in the byte order of the hashes. */
export async function* readRows(
  session: Session,
  { mapping, bytes, sound, after, upTo }: Reading,
): AsyncGenerator<Iterable<RowFacts>> {
  yield* copiedRows(
    session.copyOut(`COPY (${selectRows(mapping, bytes, within({ after, upTo }), sound)}) TO STDOUT`),
    factsOf,
  );
}

function within({ after, upTo }: Range): string {
  const bounds = [
    ...(after === '' ? [] : [`hash > ${literal(after)}`]),
    ...(upTo === undefined ? [] : [`hash <= ${literal(upTo)}`]),
  ];
  return bounds.length === 0 ? '' : `WHERE ${bounds.join(' AND ')}`;
}

/** Columns whose references always have a row, because a foreign key sees to it. */
export type SoundColumns = ReadonlySet<string>;

const UNION = '\n UNION ALL ';

/**
 * A reference without a row counts as well, so such come beside the rows, unless a foreign key forbids them. Counting first and joining
 * then is one pass over each table; asking for each blob whether anything references it is one for each blob. References are sorted
 * column by column before they are counted: PostgreSQL takes what is in a union for 200 different values, and would count millions in a
 * hash table and sort those. Whatever is united has the same types and the same order, so that it is merged, and what an index or a join
 * has sorted already is not sorted again.
 */
export function selectRows(
  mapping: Mapping,
  bytes: ByteColumns,
  where: string,
  sound: SoundColumns = new Set(),
): string {
  const { references } = mapping;
  const hashesOf = (reference: Reference) => selectHashes(mapping, reference, bytes);
  const sorted = references.map((reference) => `SELECT * FROM (${hashesOf(reference)} ORDER BY 1) r`);
  const loose = references.filter((reference) => reference.holds !== 'id' && !sound.has(nameOf(reference)));
  const rows = `
    SELECT b.hash, true AS is_row, coalesce(r.count, 0) AS "references", b.bytes, b.created_at, b.ref_count
      FROM (SELECT * FROM (${selectBlobs(mapping, bytes)}) b ${where}) b
      LEFT JOIN (SELECT hash, count(*) FROM (SELECT * FROM (${sorted.join(UNION)}) r ${where} ORDER BY hash) r GROUP BY hash) r
        ON r.hash = b.hash`;
  const withoutRow = `
    SELECT hash, false, count(*), NULL::bigint, NULL::float8, NULL::bigint
      FROM (SELECT * FROM (${loose.map(hashesOf).join(UNION)}) r ${where}) r
     WHERE NOT EXISTS (SELECT FROM (${selectBlobs(mapping, bytes)}) b WHERE b.hash = r.hash) GROUP BY hash`;
  if (loose.length === 0) return `${rows} ORDER BY 1`;
  return `SELECT * FROM (${rows} ORDER BY 1) b UNION ALL SELECT * FROM (${withoutRow} ORDER BY 1) r ORDER BY 1`;
}

function selectBlobs(mapping: Mapping, bytes: ByteColumns): string {
  const { schema, table, size, createdAt, refCount } = mapping.blobs;
  const optional = (column: string | undefined) => `${column === undefined ? 'NULL' : `b.${quoted(column)}`}::bigint`;
  return `SELECT ${hashOfBlob(mapping, bytes)} AS hash, ${optional(size)} AS bytes, ${optional(refCount)} AS ref_count,
                 floor(date_part('epoch', b.${quoted(createdAt)})) AS created_at
            FROM ${quoted(schema, table)} b`;
}

/** The columns of `selectRows`, in its order. */
function factsOf(row: Fields): RowFacts {
  return {
    hash: row.text() ?? '',
    isRow: row.boolean() ?? false,
    references: row.number() ?? 0,
    bytes: row.number(),
    createdAt: row.number(),
    refCount: row.number(),
  };
}

type Found = {
  hash: string;
  is_row: boolean;
  references: string;
  bytes: string | null;
  created_at: number | null;
  ref_count: string | null;
};

/** The same of a few hashes, as they are now; what nothing knows any more is not among them. */
export async function lookUp(
  session: Session,
  { mapping, bytes, hashes }: { mapping: Mapping; bytes: ByteColumns; hashes: string[] },
): Promise<Map<string, RowFacts>> {
  const found = await session.query<Found>(selectRows(mapping, bytes, 'WHERE hash = ANY ($1::text[])'), [hashes]);
  const number = (value: string | number | null) => (value === null ? undefined : Number(value));
  return new Map(
    found.map(({ hash, is_row, references, bytes: size, created_at, ref_count }) => [
      hash,
      {
        hash,
        isRow: is_row,
        references: Number(references),
        bytes: number(size),
        createdAt: number(created_at),
        refCount: number(ref_count),
      },
    ]),
  );
}
