/** All shards that are left and that there is time for, from one snapshot of the database and one listing of the bucket. */
import type { Objects } from '../object-store/object-store.ts';
import { RefusalError } from '../runtime/errors.ts';
import type { Session } from '../runtime/postgres.ts';
import type { Seen } from '../runtime/store.ts';
import { objectionToReferences, type References } from './decide.ts';
import type { Declared } from './declared.ts';
import { openSides } from './diff.ts';
import { listBlobs } from './listing.ts';
import type { Run } from './mark.ts';
import { type Marking, type Markings, record } from './marking.ts';
import { mustHaveTime } from './out-of-time.ts';
import type { Pace } from './pace.ts';
import { openPrevious } from './previous.ts';
import { countReferences, holdSnapshot, readRows } from './rows.ts';
import type { Sessions } from './sessions.ts';
import { markShard, type Reading, type ShardResult } from './shard.ts';
import { rangeOf, shardName } from './shards.ts';
import type { Surroundings } from './surroundings.ts';
import { newSuspects } from './suspects.ts';
import { templateOf } from './template.ts';

/** Grows with each shard that is on record, also where the run then ends. */
export type Progress = {
  seen: Seen<Markings>;
  marking: Marking;
  /** The marking that counts until this one is complete. */
  last: Marking | undefined;
  results: ShardResult[];
  seconds: number;
};

type Where = Declared & { sessions: Sessions; objects: Objects; pace: Pace; around: Surroundings };

/** Must run in a transaction. @throws RefusalError when anything cannot be read, is not believed, or takes too long */
export async function markShards(run: Run, progress: Progress, where: Where): Promise<void> {
  const beganMs = performance.now();
  const session = await where.sessions.first();
  const { databaseNowSeconds } = await holdSnapshot(session);
  progress.marking = { ...progress.marking, references: await believed(run, progress, { session, ...where }) };
  const reading = openReading(run, progress, { ...where, session, databaseNowSeconds });
  for (let shard = progress.marking.finished.length; shard < run.settings.shards; shard += 1) {
    mustHaveTime(run.deadline);
    await markOne(run, progress, { reading, shard });
    progress.seconds = (performance.now() - beganMs) / 1000;
  }
}

/** @throws RefusalError where references have become fewer than can be believed (F54) */
async function believed(
  { settings, input }: Run,
  { last }: Progress,
  { session, bytes }: Pick<Opening, 'session' | 'bytes'>,
): Promise<References> {
  const counted = await countReferences(session, settings, bytes);
  const { maxReferenceDropPercent } = settings.policy;
  const objection = objectionToReferences({
    counted,
    before: last?.references,
    maxDropPercent: maxReferenceDropPercent,
  });
  if (objection === undefined || input.acceptFewerReferences) return counted;
  throw new RefusalError(
    `${objection} If that is right, run this once by hand with {"phase": "mark", "acceptFewerReferences": true}.`,
  );
}

type Opening = Where & { session: Session; databaseNowSeconds: number };

function openReading({ settings, store, deadline }: Run, { marking, last }: Progress, opening: Opening): Reading {
  const { session, sessions, objects, pace, bytes, sound, around, databaseNowSeconds } = opening;
  const from = marking.finished.length;
  const { after } = rangeOf(from, settings.shards);
  const template = templateOf(settings);
  const ages = { minAgeHours: settings.policy.minAgeHours, storeNowMs: around.storeNowMs, databaseNowSeconds };
  const rows = readRows(session, { mapping: settings, bytes, sound, after });
  const pages = listBlobs(objects, { prefix: settings.prefix, after: after && template.boundOf(after), pace });
  return {
    settings,
    template,
    ages,
    snapshotAt: new Date(databaseNowSeconds * 1000).toISOString(),
    sides: openSides({ rows, pages }),
    previous: openPrevious(store, last, { from, shards: settings.shards }),
    suspects: () => newSuspects({ openSession: sessions.second, objects, pace, mapping: settings, bytes, ages }),
    checkTime: () => mustHaveTime(deadline),
  };
}

async function markOne(
  run: Run,
  progress: Progress,
  { reading, shard }: { reading: Reading; shard: number },
): Promise<void> {
  const { store, evidenceKey, stateKey, settings } = run;
  const name = shardName(shard, settings.shards);
  const manifest = evidenceKey(`marked-${name}.jsonl.gz`);
  const result = evidenceKey(`shard-${name}.json`);
  const marked = await markShard(reading, shard, { store, manifestKey: manifest });
  await store.create(result, JSON.stringify(marked));
  const marking = { ...progress.marking, finished: [...progress.marking.finished, { shard, manifest, result }] };
  progress.seen = await record(store, { key: stateKey('marking.json'), seen: progress.seen, marking });
  progress.marking = marking;
  progress.results.push(marked);
}
