/** Looks into columns for values that are blobs’ keys: some pages of each table, in bounded time. */
import type { Session } from '../runtime/postgres.ts';
import { quoted } from '../runtime/sql.ts';
import type { ColumnFacts } from './catalogue.ts';
import { runsIn } from './references.ts';

/** A smaller table is read whole: 8 MB. */
const WHOLE_PAGES = 1_000;
/** Of a larger one, pages from all over it, and its newest: a column that is used since yesterday has values only there. */
const SPREAD_PAGES = 500;
const NEWEST_PAGES = 200;
/** A hash stands within the first so many characters of a value, or is not looked for: values may be whole documents. */
const LOOKED_AT = 8_192;
/** A value that takes more, as it is stored, is not unpacked at all. */
const UNPACKED_BYTES = 262_144;
/** Values of one column that are then looked for among the blobs. */
const VALUES = 400;
/** In a run of digits that is longer than a hash, one may begin, or end, so many digits from either end. */
const FROM_ENDS = 64;

/** Up to `VALUES` different hashes, or what looks like them, by the index of the column. All columns are of one heap. */
export async function sampleHashes(
  session: Session,
  columns: ColumnFacts[],
  hashDigits: number,
): Promise<Map<ColumnFacts, string[]>> {
  const [first] = columns;
  if (first === undefined) return new Map();
  const rows = await session.query<{ at: number; hashes: string[] }>(sampleSql(first, columns, hashDigits));
  return new Map(rows.map(({ at, hashes }) => [columns[at] ?? first, hashes]));
}

function sampleSql({ heap }: ColumnFacts, columns: ColumnFacts[], hashDigits: number): string {
  const found = columns.map(({ column, isBytes, type }, at) => {
    const isPlainBytes = isBytes && !type.endsWith('[]');
    const hashes = isPlainBytes ? bytesOf(column, hashDigits) : hashesIn(column, hashDigits);
    return `SELECT ${at} AS at, (SELECT array_agg(hash) FROM (${likeliest(hashes)}) looked) AS hashes`;
  });
  return `WITH sample AS MATERIALIZED (${sampleOf(heap, columns)})
          SELECT at, hashes FROM (${found.join(' UNION ALL ')}) found WHERE hashes IS NOT NULL`;
}

/** What is nearest to an end of its run first; beyond that, in no order of its own, so that one way of writing hashes does not hide another. */
function likeliest(hashes: string): string {
  return `SELECT hash FROM (${hashes}) found GROUP BY hash ORDER BY min(away), pg_catalog.hashtext(hash) LIMIT ${VALUES}`;
}

/** Arrays and documents are read as their text. An array of bytea shows its bytes as digits, too. */
function hashesIn(column: string, hashDigits: number): string {
  const value = quoted(column);
  const text = `CASE WHEN pg_catalog.pg_column_size(${value}) <= ${UNPACKED_BYTES} THEN left(${value}::text, ${LOOKED_AT}) END`;
  return `SELECT hash, away FROM sample, ${runsIn(text, hashDigits)} AS runs(run),
                 pg_catalog.generate_series(0, least(length(run[1]) - ${hashDigits}, ${FROM_ENDS})) AS away,
                 unnest(ARRAY[pg_catalog.substr(run[1], 1 + away, ${hashDigits}),
                              pg_catalog.substr(run[1], length(run[1]) - ${hashDigits} + 1 - away, ${hashDigits})]) AS hash`;
}

function bytesOf(column: string, hashDigits: number): string {
  const value = quoted(column);
  return `SELECT pg_catalog.encode(${value}, 'hex') AS hash, 0 AS away FROM sample WHERE octet_length(${value}) = ${hashDigits / 2}`;
}

function sampleOf({ schema, table, pages }: ColumnFacts['heap'], columns: ColumnFacts[]): string {
  const from = `SELECT ${columns.map(({ column }) => quoted(column)).join(', ')} FROM ONLY ${quoted(schema, table)}`;
  if (pages <= WHOLE_PAGES) return from;
  const percent = (SPREAD_PAGES / pages) * 100;
  return `(${from} TABLESAMPLE SYSTEM (${percent.toFixed(6)})) UNION ALL (${from} WHERE ctid >= '(${pages - NEWEST_PAGES},0)')`;
}
