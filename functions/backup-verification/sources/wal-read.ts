/** Reads the names in a WAL archive, and the few small files that say how its timelines and backups hang together. */
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import type { Listed } from '../../object-store/listing.ts';
import type { Objects } from '../../object-store/object-store.ts';
import { describe, RefusalError } from '../../runtime/errors.ts';
import type { SourceOf } from '../contract.ts';
import { labelIn } from './backup-label.ts';
import type { WalFacts } from './decide-wal.ts';
import { type Erasing, readErasing, readSmall } from './stores.ts';
import { type Archive, createArchive } from './wal-archive.ts';
import { createDays, type Days } from './wal-days.ts';
import { type Ancestor, ancestorsIn } from './wal-history.ts';
import { backupFileName, type Place, walFileOf } from './wal-name.ts';
import type { BaseBackup } from './wal-reach.ts';

type WalSource = SourceOf<'wal'>;

/** Times are milliseconds since 1970. `oldest` and `newest` are those of segments; undefined where there is none. */
export type WalRead = WalFacts & {
  examined: number;
  bytes: number;
  oldest: number | undefined;
  newest: number | undefined;
  /** Objects whose names are not of a WAL archive. */
  others: number;
  days: Days;
  erasing: Erasing;
};

type Names = Omit<WalRead, 'lines' | 'ancestors' | 'bases' | 'erasing' | 'partials'> & {
  archive: Archive;
  partials: Map<number, Place & { at: number }>;
  /** Keys of the small files: by timeline, and by where the backup began. */
  histories: Map<number, string>;
  backups: Map<string, string>;
};

const MOST_SMALL_BYTES = 1024 * 1024;

export async function readWal(objects: Objects, source: WalSource, bases: BaseBackup[] | undefined): Promise<WalRead> {
  const segmentBytes = source.segmentMb * 2 ** 20;
  const names = await readNames(objects, source.prefix, segmentBytes);
  const lines = names.archive.lines();
  const { histories, backups, archive: _, ...rest } = names;
  const history = histories.get(Math.max(0, ...lines.keys()));
  return {
    ...rest,
    lines,
    erasing: await readErasing(objects, source.lifecycleRule),
    ancestors: history === undefined ? undefined : await readAncestors(objects, history),
    bases: bases && (await withStops(objects, { bases, backups, segmentBytes })),
  };
}

async function readNames(objects: Objects, prefix: string, segmentBytes: number): Promise<Names> {
  const names: Names = {
    ...{ examined: 0, bytes: 0, others: 0, oldest: undefined, newest: undefined },
    ...{ archive: createArchive(), days: createDays(), partials: new Map(), histories: new Map(), backups: new Map() },
  };
  for await (const page of objects.list(prefix)) for (const listed of page) take(names, listed, segmentBytes);
  return names;
}

function take(names: Names, { key, bytes, lastModified: at }: Listed, segmentBytes: number): void {
  const file = walFileOf(key, segmentBytes);
  names.examined += 1;
  if (file.kind === 'history') names.histories.set(file.timeline, key);
  else if (file.kind === 'backup') names.backups.set(file.start, key);
  else if (file.kind === 'partial') keepNewest(names.partials, { ...file, at });
  else if (file.kind === 'other') names.others += 1;
  else {
    names.archive.add({ ...file, at, isWhole: file.isCompressed ? bytes > 0 : bytes === segmentBytes });
    names.days.add(at, bytes);
    names.bytes += bytes;
    names.oldest = Math.min(names.oldest ?? at, at);
    names.newest = Math.max(names.newest ?? at, at);
  }
}

function keepNewest(partials: Names['partials'], { timeline, number, at }: Place & { at: number }): void {
  if (number >= (partials.get(timeline)?.number ?? -1)) partials.set(timeline, { timeline, number, at });
}

async function readAncestors(objects: Objects, key: string): Promise<Ancestor[] | undefined> {
  return ancestorsIn(await readText(objects, key));
}

/** A backup that does not say where it ends may have told the server’s archive. */
async function withStops(
  objects: Objects,
  { bases, backups, segmentBytes }: { bases: BaseBackup[]; backups: Names['backups']; segmentBytes: number },
): Promise<BaseBackup[]> {
  const told: BaseBackup[] = [];
  for (const base of bases) {
    const key = backups.get(backupFileName(base.timeline, base.startLsn, segmentBytes));
    const isAsked = base.stopLsn === undefined && key !== undefined;
    const stopLsn = isAsked ? labelIn(await readText(objects, key))?.stopLsn : base.stopLsn;
    told.push({ ...base, ...(stopLsn !== undefined && { stopLsn }) });
  }
  return told;
}

/** Archivers compress these as they compress segments. */
async function readText(objects: Objects, key: string): Promise<string> {
  const bytes = (await readSmall(objects, key, MOST_SMALL_BYTES)) ?? Buffer.alloc(0);
  const limit = { maxOutputLength: MOST_SMALL_BYTES };
  try {
    if (key.endsWith('.gz')) return gunzipSync(bytes, limit).toString('utf8');
    if (key.endsWith('.zst')) return zstdDecompressSync(bytes, limit).toString('utf8');
    return bytes.toString('utf8');
  } catch (error) {
    const where = `${key} in the bucket ${objects.bucket}`;
    throw new RefusalError(`${where} cannot be decompressed: ${describe(error)}`, { cause: error });
  }
}
