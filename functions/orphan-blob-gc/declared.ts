/** Makes sure that every reference is declared, before anything is marked or taken away (F55). */
import type { Objects } from '../object-store/object-store.ts';
import { RefusalError } from '../runtime/errors.ts';
import type { Session } from '../runtime/postgres.ts';
import { quoted } from '../runtime/sql.ts';
import { type Catalogue, type ColumnFacts, readCatalogue } from './catalogue.ts';
import type { Settings } from './contract.ts';
import { byteColumns, objectionsOf, refusalOf, soundColumns, undeclaredColumns } from './decide-catalogue.ts';
import type { Pace } from './pace.ts';
import { type ByteColumns, hashOfBlob } from './references.ts';
import type { SoundColumns } from './rows.ts';
import { sampleHashes } from './sample.ts';
import { templateOf } from './template.ts';

type Where = { session: Session; objects: Objects; pace: Pace };

/** Hashes of one column that no row has, which are then looked for in the store: a column may point straight there. */
const LOOKED_FOR = 8;

/** What the catalogue says of the columns that are declared. */
export type Declared = { bytes: ByteColumns; sound: SoundColumns };

/** @throws RefusalError naming every reference that is not declared, and every column that cannot be looked into */
export async function mustBeDeclared(where: Where, settings: Settings): Promise<ByteColumns> {
  return (await readDeclared(where, settings)).bytes;
}

/** The same, and what else the catalogue says. */
export async function readDeclared(where: Where, settings: Settings): Promise<Declared> {
  const catalogue = await readCatalogue(where.session, settings.blobs);
  const bytes = byteColumns(catalogue);
  return declaredOf(catalogue, settings, await findHolding(where, settings, { catalogue, bytes }));
}

/**
 * The same without looking for values: for a part of a marking, of which its coordinator has done that. Foreign keys, and columns that
 * cannot be read, are told by the catalogue alone.
 */
export async function readCatalogued(session: Session, settings: Settings): Promise<Declared> {
  const catalogue = await readCatalogue(session, settings.blobs);
  return declaredOf(catalogue, settings, []);
}

function declaredOf(catalogue: Catalogue, settings: Settings, holding: Holding[]): Declared {
  const refusal = refusalOf(objectionsOf(catalogue, { declared: settings, holding }));
  if (refusal !== undefined) throw new RefusalError(refusal);
  return { bytes: byteColumns(catalogue), sound: soundColumns(catalogue, settings) };
}

type Holding = { column: ColumnFacts; example: string };
type Known = { catalogue: Catalogue; bytes: ByteColumns };

async function findHolding(where: Where, settings: Settings, { catalogue, bytes }: Known) {
  const readable = undeclaredColumns(catalogue, settings).filter(({ isReadable }) => isReadable);
  const heaps = Map.groupBy(readable, ({ heap }) => `${heap.schema}.${heap.table}`);
  const holding: Holding[] = [];
  for (const columns of heaps.values()) {
    const sampled = await sampleHashes(where.session, columns, settings.blobs.hashDigits);
    for (const [column, hashes] of sampled) {
      const example =
        (await amongRows(where, settings, { bytes, hashes })) ?? (await amongObjects(where, settings, hashes));
      if (example !== undefined) holding.push({ column, example });
    }
  }
  return holding;
}

/** The column is left as it is, so that its index can be used. */
async function amongRows(
  { session }: Where,
  settings: Settings,
  { bytes, hashes }: { bytes: ByteColumns; hashes: string[] },
) {
  const { schema, table, hash } = settings.blobs;
  const isBytes = bytes.has(`${schema}.${table}.${hash}`);
  const wanted = isBytes ? `SELECT pg_catalog.decode(h, 'hex') FROM unnest($1::text[]) h` : 'SELECT unnest($1::text[])';
  const [row] = await session.query<{ hash: string }>(
    `SELECT ${hashOfBlob(settings, bytes)} AS hash FROM ${quoted(schema, table)} b WHERE b.${quoted(hash)} IN (${wanted}) LIMIT 1`,
    [hashes],
  );
  return row?.hash;
}

async function amongObjects(
  { objects, pace }: Where,
  settings: Settings,
  hashes: string[],
): Promise<string | undefined> {
  const { keyOf } = templateOf(settings);
  for (const hash of hashes.slice(0, LOOKED_FOR)) {
    await pace();
    if ((await objects.head(keyOf(hash))) !== undefined) return hash;
  }
  return undefined;
}
