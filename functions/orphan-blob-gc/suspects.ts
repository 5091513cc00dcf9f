/** What seems to be lost is looked up again before anybody is woken: by its rows, and by HEAD (F62). */
import type { Objects } from '../object-store/object-store.ts';
import type { Session } from '../runtime/postgres.ts';
import { type Ages, judge, type ObjectFacts, type RowFacts, type Verdict } from './decide.ts';
import type { Pace } from './pace.ts';
import type { ByteColumns, Mapping } from './references.ts';
import { lookUp } from './rows.ts';

/** Also what a page and a person are told of it. */
export type Lost = { key: string; verdict: Verdict; references: number; rowBytes?: number; objectBytes?: number };

/** Verdicts that are not believed at first sight. */
export const SUSPECT: ReadonlySet<Verdict> = new Set(['missing', 'wrong size', 'reference to nothing']);

export type Suspects = {
  add(key: string, row: RowFacts): void;
  /** Those that were still lost when they were looked up, and how many more there are that were not looked up. */
  settle(): Promise<{ lost: Lost[]; more: number }>;
};

/** Beyond so many in one shard nobody needs each by name: the bucket or the prefix is another one, or all is lost. */
const LOOKED_UP = 1_000;

type Where = {
  openSession: () => Promise<Session>;
  objects: Objects;
  pace: Pace;
  mapping: Mapping;
  bytes: ByteColumns;
  ages: Ages;
};

export function newSuspects({ openSession, objects, pace, mapping, bytes, ages }: Where): Suspects {
  const suspects = new Map<string, string>();
  let more = 0;
  return {
    add: (key, { hash }) => {
      if (suspects.size < LOOKED_UP) suspects.set(hash, key);
      else more += 1;
    },
    settle: async () => {
      if (suspects.size === 0) return { lost: [], more };
      const hashes = [...suspects.keys()];
      const rows = await lookUp(await openSession(), { mapping, bytes, hashes });
      const lost: Lost[] = [];
      for (const [hash, key] of suspects) {
        const row = rows.get(hash);
        if (row === undefined) continue;
        await pace();
        lost.push(...lostOf(key, { row, object: await look(objects, key), ages }));
      }
      return { lost, more };
    },
  };
}

async function look(objects: Objects, key: string): Promise<ObjectFacts | undefined> {
  const head = await objects.head(key);
  return head && { key, bytes: head.version.bytes, etag: head.version.etag, lastModified: head.lastModified };
}

type Looked = { row: RowFacts; object: ObjectFacts | undefined; ages: Ages };

function lostOf(key: string, { row, object, ages }: Looked): Lost[] {
  const verdict = judge(row, object, ages);
  if (!SUSPECT.has(verdict)) return [];
  const sizes = {
    ...(row.bytes !== undefined && { rowBytes: row.bytes }),
    ...(object && { objectBytes: object.bytes }),
  };
  return [{ key, verdict, references: row.references, ...sizes }];
}
