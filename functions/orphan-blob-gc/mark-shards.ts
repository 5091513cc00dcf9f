/** Shards that follow one another, as far as there is time, from one snapshot of the database and one listing of the bucket. */
import { RefusalError } from '../runtime/errors.ts';
import type { Session } from '../runtime/postgres.ts';
import { objectionToReferences, type References } from './decide.ts';
import type { Declared } from './declared.ts';
import { openSides } from './diff.ts';
import { keep } from './kept.ts';
import { listBlobs } from './listing.ts';
import type { Run } from './mark.ts';
import type { FinishedShard, Marking } from './marking.ts';
import { mustHaveTime } from './out-of-time.ts';
import { openPrevious } from './previous.ts';
import { countReferences, holdSnapshot, readRows } from './rows.ts';
import { markShard, type Reading, type ShardResult } from './shard.ts';
import { rangeOfSpan, type Span, shardName } from './shards.ts';
import type { Sources } from './sources.ts';
import { newSuspects } from './suspects.ts';
import { templateOf } from './template.ts';

/** What is to be marked, and what becomes of it. */
export type Task = {
  marking: Pick<Marking, 'id' | 'shards'>;
  span: Span;
  /** The marking that counts until this one is complete. */
  last: Marking | undefined;
  /** Told before anything is judged; throws where they are fewer than can be believed (F54). */
  believe(counted: References): void;
  /** Awaited after each shard: its result is stored by then. */
  done(finished: FinishedShard, result: ShardResult): Promise<void>;
};

export type Marker = Pick<Run, 'settings' | 'store' | 'deadline' | 'evidenceKey' | 'runbook'>;
/** `storeNowMs` is by the blobs’ store’s own clock (F18). */
export type Where = Declared & Sources & { storeNowMs: number };

/** Must run in a transaction. @throws RefusalError when anything cannot be read, is not believed, or takes too long */
export async function markShards(run: Marker, task: Task, where: Where): Promise<void> {
  const session = await where.sessions.first();
  const { databaseNowSeconds } = await holdSnapshot(session);
  task.believe(await countReferences(session, run.settings, where.bytes));
  const reading = openReading(run, task, { ...where, session, databaseNowSeconds });
  // Each asks for the time before it reads on, and before anything of it is stored.
  for (let shard = task.span.from; shard < task.span.upTo; shard += 1) await markOne(run, task, { reading, shard });
}

/** `before`: of the marking that counts, and of the shards of this one that are done, which may be the first of all. */
type Believing = { counted: References; before: (References | undefined)[]; mayBeFewer?: boolean | undefined };

/** @throws RefusalError where references have become fewer than can be believed (F54) */
export function mustBeBelieved({ settings }: Marker, { counted, before, mayBeFewer }: Believing): void {
  const { maxReferenceDropPercent: maxDropPercent } = settings.policy;
  const objections = before.map((one) => objectionToReferences({ counted, before: one, maxDropPercent }));
  const objection = objections.find((one) => one !== undefined);
  if (objection === undefined || mayBeFewer) return;
  throw new RefusalError(
    `${objection} If that is right, run this once by hand with {"phase": "mark", "acceptFewerReferences": true}.`,
  );
}

type Opening = Where & { session: Session; databaseNowSeconds: number };

function openReading({ settings, store, deadline }: Marker, { span, last }: Task, opening: Opening): Reading {
  const { session, sessions, objects, pace, bytes, sound, storeNowMs, databaseNowSeconds } = opening;
  const { after, upTo } = rangeOfSpan(span, settings.shards);
  const template = templateOf(settings);
  const ages = { minAgeHours: settings.policy.minAgeHours, storeNowMs, databaseNowSeconds };
  const rows = readRows(session, { mapping: settings, bytes, sound, after, upTo });
  const pages = listBlobs(objects, { prefix: settings.prefix, after: after && template.boundOf(after), pace });
  return {
    settings,
    template,
    ages,
    snapshotAt: new Date(databaseNowSeconds * 1000).toISOString(),
    sides: openSides({ rows, pages }),
    previous: openPrevious(store, last, { span, shards: settings.shards }),
    suspects: () => newSuspects({ openSession: sessions.second, objects, pace, mapping: settings, bytes, ages }),
    checkTime: () => mustHaveTime(deadline),
  };
}

async function markOne(
  run: Marker,
  task: Task,
  { reading, shard }: { reading: Reading; shard: number },
): Promise<void> {
  const manifest = run.evidenceKey(`marked-${shardName(shard, run.settings.shards)}.jsonl.gz`);
  const result = await markShard(reading, shard, { store: run.store, manifestKey: manifest });
  const { finished, kept } = await keep(run, task.marking, { ...result, manifest });
  await task.done(finished, kept);
}
