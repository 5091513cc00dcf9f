/** A backup of files that is one folder, brought up to date again and again. */
import type { Objects } from '../../object-store/object-store.ts';
import type { SourceOf } from '../contract.ts';
import type { Looked } from '../looked.ts';
import { folderOf, type Place } from './compare-files.ts';
import { judgeCount, judgeShrink } from './decide-file-count.ts';
import { judgeFileRules, pointOf } from './decide-files.ts';
import { judgeLifecycle } from './decide-lifecycle.ts';
import { judgeAge, none } from './decide-schedule.ts';
import { compareWithOriginal, judgeCopies } from './file-copies.ts';
import { type Looking, lookedOf, type Problem } from './looking.ts';
import { readErasing } from './stores.ts';
import { sizeSaid, timeSaid } from './words.ts';

type FilesSource = SourceOf<'files'>;
/** `newest` in milliseconds since 1970. */
type Own = { count: number; bytes: number; newest: number };

export async function lookAtOneCopy(
  objects: Objects,
  source: FilesSource,
  { runId, memory }: Looking,
): Promise<Looked> {
  const backup = { objects, prefix: folderOf(source.prefix) };
  const beside = await compareWithOriginal(backup, source, { runId });
  const own: Own = beside?.comparison.tally.copies ?? (await countUnder(backup));
  const copies = await judgeCopies(backup, source, { runId });
  const { count, bytes, newest } = own;
  const aged = { at: newest, name: 'the file that came last', bytes };
  return lookedOf(source, {
    problems: [
      ...(count === 0 ? [none()] : []),
      // With nothing to compare it with, only its age tells whether anything still comes.
      ...(beside?.problems ?? (count === 0 ? [] : judgeAge(aged, source.schedule, objects.now()))),
      ...judgeCount({ count, name: 'the backup' }, source),
      ...judgeShrink(own, source, memory),
      ...(await judgeRules(backup, source)),
      ...copies.problems,
    ],
    examined: count + (beside?.comparison.tally.originals.count ?? 0) + copies.examined,
    backups:
      count === 0 ? [] : [{ at: new Date(newest).toISOString(), name: `${count} files`, bytes, state: 'unverified' }],
    said:
      count === 0 ? 'There is no file.' : `${count} files, ${sizeSaid(bytes)}; the newest is of ${timeSaid(newest)}.`,
    recoveryPoint: count === 0 ? undefined : pointReached(beside, newest),
    memory: count === 0 ? undefined : { count, bytes },
  });
}

function pointReached(beside: Awaited<ReturnType<typeof compareWithOriginal>>, newest: number): number {
  if (beside === undefined) return newest;
  const isMissing = beside.problems.some(({ thing }) => thing === 'missing files');
  return pointOf(beside.comparison.tally, { now: beside.now, isMissing });
}

async function countUnder({ objects, prefix }: Place): Promise<Own> {
  const own = { count: 0, bytes: 0, newest: 0 };
  for await (const page of objects.list(prefix)) {
    for (const { bytes, lastModified } of page) {
      own.count += 1;
      own.bytes += bytes;
      own.newest = Math.max(own.newest, lastModified);
    }
  }
  return own;
}

async function judgeRules(
  { objects, prefix }: Place,
  { schedule: { lifecycleRule, keepDays } }: FilesSource,
): Promise<Problem[]> {
  const erasing = await readErasing(objects, lifecycleRule);
  const byAge = judgeFileRules(erasing.rules, prefix);
  return byAge.length > 0 ? byAge : judgeLifecycle({ ...erasing, prefix, keepDays, isOverwritten: true });
}
