/** A backup of files beside what it was made from, and beside copies of itself elsewhere. */
import type { SourceOf } from '../contract.ts';
import { compareFiles, folderOf, type Place, placeSaid } from './compare-files.ts';
import { type Comparison, judgeBehind, judgeComparison, judgeStorageClass } from './decide-files.ts';
import type { Problem } from './looking.ts';
import { inStore } from './stores.ts';
import { HOUR_MS } from './words.ts';

type FilesSource = SourceOf<'files'>;

/** @param latest what came after it is not asked of the backup; undefined: what is too young by the schedule */
export function compareWithOriginal(
  backup: Place,
  source: FilesSource,
  { runId, latest }: { runId: string; latest?: number },
): Promise<{ comparison: Comparison; problems: Problem[]; now: number } | undefined> {
  const { of, sampleSize, maxMissingPercent } = source;
  if (of === undefined) return Promise.resolve(undefined);
  return inStore(of.store, async (objects) => {
    const original = { objects, prefix: folderOf(of.prefix) };
    const settled = () => latest ?? settledBy(source, objects.now());
    const comparison = await compareFiles({
      copy: backup,
      original,
      settled,
      sampleSize,
      seed: `${runId} ${source.name}`,
    });
    const naming = { name: '', copy: 'the backup', original: placeSaid(original), maxMissingPercent };
    const now = objects.now();
    const behind = judgeBehind(comparison.tally, source, { now, name: '' });
    return { comparison, problems: [...judgeComparison(comparison, naming), ...behind], now };
  });
}

/** @param folder that of the backup which is compared, where each has its own */
export async function judgeCopies(
  backup: Place,
  source: FilesSource,
  { runId, folder = '' }: { runId: string; folder?: string },
) {
  const problems: Problem[] = [];
  let examined = 0;
  for (const copy of source.copies) {
    const seed = `${runId} ${source.name} ${copy.name}`;
    const found = await inStore(copy.store, async (objects) => {
      const place = { objects, prefix: `${folderOf(copy.prefix)}${folder}` };
      const settled = () => settledBy(source, backup.objects.now());
      const { sampleSize } = source;
      const { storageClass } = copy;
      return compareFiles({ copy: place, original: backup, settled, sampleSize, seed, storageClass });
    });
    examined += found.tally.copies.count;
    problems.push(...problemsOfCopy(found, source, copy, backup.objects.now()));
  }
  return { problems, examined };
}

function problemsOfCopy(
  found: Comparison,
  source: FilesSource,
  { name, storageClass }: FilesSource['copies'][number],
  now: number,
): Problem[] {
  const { maxMissingPercent } = source;
  const begins = `copy ${name}: `;
  const naming = { name: begins, copy: `the copy ${name}`, original: 'the backup', maxMissingPercent };
  return [
    ...judgeComparison(found, naming),
    ...judgeBehind(found.tally, source, { now, name: begins }),
    ...judgeStorageClass(found.tally, { name: begins, storageClass }),
  ];
}

/** What came since the last time that a backup was due may wait for the next. */
function settledBy({ schedule: { everyHours, graceHours } }: FilesSource, now: number): number {
  return now - (everyHours + graceHours) * HOUR_MS;
}
