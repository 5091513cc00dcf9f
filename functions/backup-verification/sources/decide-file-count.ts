/** Judges how many files a backup has, and how much less they have become. Pure. */
import * as z from 'zod';
import type { SourceOf } from '../contract.ts';
import type { Folder } from './backup-folders.ts';
import type { Made, Problem } from './looking.ts';

type FilesSource = SourceOf<'files'>;

export function judgeCount({ count, name }: { count: number; name: string }, { minFiles }: FilesSource): Problem[] {
  if (count === 0 || count >= minFiles) return [];
  const what = `${name} has ${count} files, and ${minFiles} is the least`;
  return [
    { severity: 'critical', thing: 'files', what, remedy: 'See which are missing, and make a complete backup now.' },
  ];
}

/** What a run remembers of a copy that is kept up to date: there is no backup before it to compare it with. */
const Memory = z.object({ count: z.int(), bytes: z.number() });

export function judgeShrink(
  { count, bytes }: { count: number; bytes: number },
  { schedule }: FilesSource,
  memory: unknown,
): Problem[] {
  const before = Memory.safeParse(memory);
  if (!before.success || before.data.count === 0) return [];
  const percent =
    Math.max(1 - count / before.data.count, before.data.bytes === 0 ? 0 : 1 - bytes / before.data.bytes) * 100;
  if (percent <= schedule.maxShrinkPercent) return [];
  const what = `the backup has ${count} files, and had ${before.data.count} in the last run: ${percent.toFixed(1)} % less by number or by size`;
  const remedy = 'See who deleted them, and from both sides. If that was meant, this clears with the next run.';
  return [{ severity: 'warning', thing: 'size', what, remedy }];
}

/** Folders lose files as well as bytes. */
export function judgeFolderShrink(folders: Folder[], { schedule }: FilesSource): Problem[] {
  const [before, newest] = folders.slice(-2);
  if (before === undefined || newest === undefined) return [];
  const percent = (1 - newest.count / before.count) * 100;
  if (percent <= schedule.maxShrinkPercent) return [];
  const what = `${newest.name} has ${newest.count} files, and ${before.name} before it ${before.count}`;
  return [
    { severity: 'warning', thing: 'number of files', what, remedy: 'See whether something was left out or deleted.' },
  ];
}

export function madeOf({ name, at, bytes }: Folder): Made {
  return { name, at, bytes };
}
