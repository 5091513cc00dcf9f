/** Backups of files that are each a folder of their own. */
import type { Objects } from '../../object-store/object-store.ts';
import type { SourceOf } from '../contract.ts';
import type { Looked } from '../looked.ts';
import { createFolders, type Folder, finished } from './backup-folders.ts';
import { calendarOf } from './calendar.ts';
import { folderOf } from './compare-files.ts';
import { judgeCount, judgeFolderShrink, madeOf } from './decide-file-count.ts';
import { judgeLifecycle } from './decide-lifecycle.ts';
import { firstSeen, judgeSchedule } from './decide-schedule.ts';
import { compareWithOriginal, judgeCopies } from './file-copies.ts';
import { type Looking, lookedOf } from './looking.ts';
import { readErasing } from './stores.ts';
import { sizeSaid, timeSaid } from './words.ts';

type FilesSource = SourceOf<'files'>;

export async function lookAtFolders(
  objects: Objects,
  source: FilesSource,
  { runId, memory }: Looking,
): Promise<Looked> {
  const prefix = folderOf(source.prefix);
  const all = createFolders(prefix);
  for await (const page of objects.list(prefix)) for (const listed of page) all.add(listed);
  const now = objects.now();
  const folders = finished(all.all(), now);
  const newest = folders.at(-1);
  const made = folders.map(madeOf);
  const first = firstSeen(memory, made);
  const beside =
    newest === undefined ? { problems: [], examined: 0 } : await judgeBeside(objects, source, { runId, newest });
  const erasing = await readErasing(objects, source.schedule.lifecycleRule);
  return lookedOf(source, {
    problems: [
      ...judgeSchedule({ made, schedule: source.schedule, now, first }),
      ...judgeCount({ count: newest?.count ?? 0, name: newest?.name ?? '' }, source),
      ...judgeFolderShrink(folders, source),
      ...judgeLifecycle({ ...erasing, prefix, keepDays: source.schedule.keepDays }),
      ...beside.problems,
    ],
    examined: folders.reduce((sum, { count }) => sum + count, 0) + beside.examined,
    backups: calendarOf(made, now),
    said: saidOf(folders),
    // Its files were read before they came.
    recoveryPoint: newest?.from,
    memory: first === undefined ? undefined : { first: new Date(first).toISOString() },
  });
}

async function judgeBeside(
  objects: Objects,
  source: FilesSource,
  { runId, newest }: { runId: string; newest: Folder },
) {
  const folder = `${newest.name}/`;
  const backup = { objects, prefix: `${folderOf(source.prefix)}${folder}` };
  const original = await compareWithOriginal(backup, source, { runId, latest: newest.from });
  const copies = await judgeCopies(backup, source, { runId, folder });
  const examined = copies.examined + (original?.comparison.tally.originals.count ?? 0);
  return { problems: [...(original?.problems ?? []), ...copies.problems], examined };
}

function saidOf(folders: Folder[]): string {
  const newest = folders.at(-1);
  if (newest === undefined) return 'There is no backup.';
  const { name, count, bytes, at } = newest;
  return `${folders.length} ${folders.length === 1 ? 'backup' : 'backups'}; the newest is ${name} of ${timeSaid(at)}, ${count} files, ${sizeSaid(bytes)}.`;
}
