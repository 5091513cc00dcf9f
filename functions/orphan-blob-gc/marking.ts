/**
 * Which marking counts, and which is under way: one small object, changed only by whoever has seen its last version. A marking counts
 * when its last shard is done, and not before: one that was refused or ended half-way changes nothing (F57).
 */
import { EvidenceError } from '../runtime/errors.ts';
import type { Seen, Store } from '../runtime/store.ts';
import type { Settings } from './contract.ts';
import type { References } from './decide.ts';

/** `manifest` and `result` are keys in the evidence bucket. */
export type FinishedShard = { shard: number; manifest: string; result: string };

export type Marking = {
  /** The run that began it. */
  id: string;
  /** By the blob store’s clock. */
  begunAt: string;
  /** Shards of another layout are other ranges. */
  shards: number;
  /** What was marked: a marking of another bucket, prefix or template says nothing about this one. */
  of: string;
  /** What settings said of tables and columns: a marking under way that was begun with others is begun anew. */
  mapping: string;
  references: References;
  /** In order of the shards. */
  finished: FinishedShard[];
};

export type Markings = { counts?: Marking; underWay?: Marking };

/** Which blobs settings are about: where they are, and how their keys are made. */
export function blobsOf({ store, prefix, key }: Pick<Settings, 'store' | 'prefix' | 'key'>): string {
  return `${store.endpoint ?? ''} ${store.bucket}/${prefix}${key}`.trim();
}

export function readMarkings(store: Store, key: string): Promise<Seen<Markings>> {
  return store.readJson<Markings>(key);
}

/** A marking that nobody took up again for so long is begun anew: its first shards tell of another time. */
export const TAKEN_UP_WITHIN_DAYS = 30;
const DAY_MS = 86_400_000;

type Wanted = Pick<Marking, 'shards' | 'of' | 'mapping'>;

export function wantedBy(settings: Settings): Wanted {
  const mapping = JSON.stringify([settings.blobs, settings.references]);
  return { shards: settings.shards, of: blobsOf(settings), mapping };
}

/** The marking to go on with; undefined where a new one has to be begun. */
export function underWay({ underWay: found }: Markings, wanted: Wanted, nowMs: number): Marking | undefined {
  const isWanted = found?.shards === wanted.shards && found.of === wanted.of && found.mapping === wanted.mapping;
  if (!isWanted) return undefined;
  return nowMs - Date.parse(found.begunAt) < TAKEN_UP_WITHIN_DAYS * DAY_MS ? found : undefined;
}

/** Of the last marking, where it was of the same blobs. */
export function lastOf({ counts }: Markings, of: string): Marking | undefined {
  return counts?.of === of ? counts : undefined;
}

export function isComplete({ finished, shards }: Pick<Marking, 'finished' | 'shards'>): boolean {
  return finished.length === shards;
}

/** Puts a shard on record; with the last one, its marking is the one that counts. @throws EvidenceError when somebody else was faster */
export async function record(
  store: Store,
  { key, seen, marking }: { key: string; seen: Seen<Markings>; marking: Marking },
): Promise<Seen<Markings>> {
  const { counts } = seen.value ?? {};
  const next: Markings = isComplete(marking) ? { counts: marking } : { ...(counts && { counts }), underWay: marking };
  const written = await store.writeJson(key, next, seen);
  if (written === undefined) throw new EvidenceError(`${key} was changed by another run.`);
  return written;
}
