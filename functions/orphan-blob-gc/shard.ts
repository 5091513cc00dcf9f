/** One shard, from its first blob to its last: judged, counted, and its candidates written into a manifest. */
import type { Listed } from '../object-store/listing.ts';
import { RefusalError } from '../runtime/errors.ts';
import { openSpool, type Spool } from '../runtime/spool.ts';
import type { Store } from '../runtime/store.ts';
import type { Settings } from './contract.ts';
import { type Ages, countsOtherwise, judge, type RowFacts, type Verdict } from './decide.ts';
import { diff, type Sides, type Visitor } from './diff.ts';
import type { Candidate } from './manifest.ts';
import type { Previous } from './previous.ts';
import { PROBE_NAME } from './probe.ts';
import { rangeOf, shardName } from './shards.ts';
import { type Lost, SUSPECT, type Suspects } from './suspects.ts';
import { addCandidate, addExample, addVerdict, newTally, type Tally } from './tally.ts';
import type { Template } from './template.ts';

/** What is kept of a shard beside its manifest. */
export type ShardResult = { shard: number; snapshotAt: string; tally: Tally; lost: Lost[]; moreLost: number };

export type Reading = {
  settings: Settings;
  template: Template;
  sides: Sides;
  previous: Previous;
  ages: Ages;
  snapshotAt: string;
  suspects: () => Suspects;
  /** Awaited between pages; throws where there is no time left. */
  checkTime: () => void;
};

type Stored = { store: Store; manifestKey: string };

/** @throws RefusalError when anything in it cannot be read or is not what settings say; then nothing of it is stored (F57) */
export async function markShard(reading: Reading, shard: number, { store, manifestKey }: Stored): Promise<ShardResult> {
  const spool = await openSpool('marked.jsonl.gz');
  try {
    const { settings, sides, template } = reading;
    const suspects = reading.suspects();
    const tally = newTally();
    const visitor = visitorOf(reading, { shard, spool, tally, suspects });
    await diff(sides, rangeOf(shard, settings.shards), { template, visitor });
    const { lost, more } = await suspects.settle();
    await store.create(manifestKey, await spool.finish());
    return { shard, snapshotAt: reading.snapshotAt, tally, lost, moreLost: more };
  } finally {
    await spool.discard();
  }
}

type Noting = { shard: number; spool: Spool; tally: Tally; suspects: Suspects };

function visitorOf(reading: Reading, { shard, spool, tally, suspects }: Noting): Visitor {
  const { settings, template, ages, previous } = reading;
  const at = {
    // A picture of more than 256 would be none.
    prefix: shardName(shard, settings.shards).slice(0, 2),
    nowMs: ages.storeNowMs,
    graceDays: settings.policy.graceDays,
  };
  let marked: Omit<Candidate, 'markedAt'>[] = [];
  return {
    blob: (row, object) => {
      if (row !== undefined && object === undefined && !isUsable(row, template)) return;
      const verdict = judge(row, object, ages);
      count(tally, { row, object, verdict });
      if (verdict === 'needed' || verdict === 'young') return;
      if (SUSPECT.has(verdict) && row && !isGuess(verdict, settings)) suspects.add(template.keyOf(row.hash), row);
      else if (isCandidate(verdict) && object) marked.push(candidateOf(object, { row, kind: verdict, template }));
    },
    stranger: (object) => noteStranger(tally, object, settings),
    pause: async () => {
      reading.checkTime();
      for (const candidate of marked) {
        const whole = {
          ...candidate,
          markedAt: (await previous.markedAt(candidate)) ?? new Date(at.nowMs).toISOString(),
        };
        spool.write(`${JSON.stringify(whole)}\n`);
        addCandidate(tally, whole, at);
      }
      marked = [];
      await spool.drained();
    },
  };
}

/**
 * An object without a row could be that of a row whose hash is spelled otherwise, and a blob without references that of a reference
 * spelled so. @throws RefusalError where a hash is none
 */
function isUsable({ hash, isRow }: RowFacts, { isHash }: Template): boolean {
  if (isHash(hash)) return true;
  // Some systems write an empty text where they mean that there is no blob.
  if (hash === '' && !isRow) return false;
  const where = isRow ? 'A row of the blob table' : 'A column of settings.references';
  throw new RefusalError(
    `${where} holds ${JSON.stringify(hash.slice(0, 80))}, which is not a hash as settings.blobs says: lower-case hexadecimal digits, as many as hashDigits. Correct settings, or holds: "text" for a column that holds more than the hash.`,
  );
}

/** In a text, any digits may look like a hash: one that is of no blob is no news. */
function isGuess(verdict: Verdict, { references }: Settings): boolean {
  return verdict === 'reference to nothing' && references.some(({ holds }) => holds === 'text');
}

function isCandidate(verdict: Verdict): verdict is Candidate['kind'] {
  return verdict === 'no row' || verdict === 'row unreferenced';
}

type Seen = { row: RowFacts | undefined; object: Listed | undefined; verdict: Verdict };

function count(tally: Tally, { row, object, verdict }: Seen): void {
  const bytes = object?.bytes ?? 0;
  if (row?.isRow) tally.rows += 1;
  if (object) tally.objects += 1;
  tally.bytes += bytes;
  addVerdict(tally, verdict, { name: object?.key ?? row?.hash ?? '', bytes });
  if (row && countsOtherwise(row)) addExample(tally.countsOtherwise, row.hash, bytes);
}

type Marked = { row: RowFacts | undefined; kind: Candidate['kind']; template: Template };

function candidateOf(
  { key, etag, bytes, lastModified }: Listed,
  { row, kind, template }: Marked,
): Omit<Candidate, 'markedAt'> {
  const made = row?.createdAt === undefined ? {} : { rowCreatedAt: row.createdAt };
  const hash = row?.hash ?? template.hashOf(key) ?? '';
  return { key, hash, etag, bytes, lastModified: new Date(lastModified).toISOString(), kind, ...made };
}

/** What the system or we ourselves keep elsewhere is no stranger. */
function noteStranger(tally: Tally, { key, bytes }: Listed, { prefix, temporary, quarantine }: Settings): void {
  // A probe that arrived after its run had given up on it.
  if (key === `${prefix}${PROBE_NAME}`) return;
  const known = quarantine.kind === 'prefix' ? [...temporary, quarantine.prefix] : temporary;
  if (!known.some((prefix) => key.startsWith(prefix))) addExample(tally.strangers, key, bytes);
}
