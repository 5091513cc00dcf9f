/** Judges a backup of files. Pure. */
import type { LifecycleRule } from '../../object-store/lifecycle.ts';
import type { SourceOf } from '../contract.ts';
import type { Compared } from './compare-sample.ts';
import type { Problem } from './looking.ts';
import type { Few, Tally } from './tally-files.ts';
import { ageSaid, fewOf, HOUR_MS, timeSaid } from './words.ts';

type FilesSource = SourceOf<'files'>;

/** What one comparison gave: of the backup with what it is a copy of, or of a copy with the backup. */
export type Comparison = { tally: Tally; compared: Compared[] };

/** `name` begins each thing, as in `in glacier: missing files`; empty for the backup itself. */
type Naming = { name: string; copy: string; original: string; maxMissingPercent: number };

export function judgeComparison({ tally, compared }: Comparison, naming: Naming): Problem[] {
  const { name, copy, original } = naming;
  if (tally.originals.count === 0 && tally.copies.count > 0) return [emptied(tally, naming)];
  const different = compared.filter(({ result }) => result === 'different').map(({ key }) => key);
  const found = [
    judgeMissing(tally, naming),
    ...few(tally.otherSize, 'critical', 'sizes', () => `have another size in ${copy} than in ${original}`),
    ...few(
      fewIn(different),
      'critical',
      'content',
      () => `of the ${compared.length} that were compared hold other bytes in ${copy} than in ${original}`,
    ),
    ...few(
      tally.outOfDate,
      'warning',
      'changed files',
      () => `have changed in ${original} and not been copied to ${copy} since ${timeSaid(tally.outOfDate.since)}`,
    ),
  ];
  return found.flatMap((problem) => (problem === undefined ? [] : [{ ...problem, thing: `${name}${problem.thing}` }]));
}

/** Files that never change grow old where a rule erases by age, and are still needed. */
export function judgeFileRules(rules: LifecycleRule[] | undefined, prefix: string): Problem[] {
  const touching = (rules ?? []).filter((rule) => prefix.startsWith(rule.prefix) || rule.prefix.startsWith(prefix));
  const erasing = touching.filter(({ expireDays }) => expireDays !== undefined);
  if (erasing.length === 0) return [];
  const said = fewOf(erasing.map(({ id, expireDays }) => `${id} (${expireDays} days)`));
  const what = `a lifecycle rule erases files of the copy by their age, though they are still needed: ${said}`;
  return [
    {
      severity: 'critical',
      thing: 'lifecycle',
      what,
      remedy: 'Let rules erase former versions only, where a copy is kept up to date.',
    },
  ];
}

function fewIn(keys: string[]): Few {
  return { count: keys.length, some: keys.slice(0, 5), since: 0 };
}

const REMEDIES: Record<string, string> = {
  sizes: 'Copy them again, and see what changed the copy: it was written after the original.',
  content: 'Copy them again; and look at more of them (sampleSize), because the sample is only a part.',
  'changed files': 'See why the job that copies did not take them.',
};

function few({ count, some }: Few, severity: Problem['severity'], thing: string, what: () => string): Problem[] {
  if (count === 0) return [];
  return [{ severity, thing, what: `${count} ${what()}: ${fewOf(some, count)}`, remedy: REMEDIES[thing] ?? '' }];
}

function judgeMissing(
  { missing, originals }: Tally,
  { copy, original, maxMissingPercent }: Naming,
): Problem | undefined {
  const percent = originals.count === 0 ? 0 : (missing.count / originals.count) * 100;
  if (missing.count === 0 || percent <= maxMissingPercent) return undefined;
  const what = `${missing.count} of ${originals.count} in ${original} are not in ${copy}: ${fewOf(missing.some, missing.count)}`;
  const remedy = 'Copy them now: if they are lost, nothing brings them back. See why the job passed them over.';
  return { severity: 'critical', thing: 'missing files', what, remedy };
}

function emptied({ copies }: Tally, { name, original, copy }: Naming): Problem {
  const what = `${original} holds nothing, and ${copy} ${copies.count} files`;
  const remedy =
    'If it was emptied by mistake, stop the job that copies before it deletes them there too, and restore. Else correct the place in settings.';
  return { severity: 'critical', thing: `${name}missing files`, what, remedy };
}

/** A copy that is kept up to date is late when what came long enough ago is not in it. */
export function judgeBehind(
  { behind }: Tally,
  { schedule }: FilesSource,
  { now, name }: { now: number; name: string },
): Problem[] {
  if (behind.count === 0) return [];
  const age = now - behind.since;
  const what = `nothing has been copied that came since ${timeSaid(behind.since)}, ${ageSaid(age)} ago: ${behind.count} files`;
  const remedy = 'See why the job that copies did not run, or did not finish, and run it now.';
  const isLong = age >= Math.max(2 * schedule.everyHours, schedule.everyHours + schedule.graceHours) * HOUR_MS;
  return [{ severity: isLong ? 'critical' : 'warning', thing: `${name}schedule`, what, remedy }];
}

export function judgeStorageClass(
  { otherClass }: Tally,
  { name, storageClass }: { name: string; storageClass?: string | undefined },
): Problem[] {
  if (otherClass.count === 0) return [];
  const what = `${otherClass.count} are not in ${storageClass}: ${fewOf(otherClass.some, otherClass.count)}`;
  const remedy = 'Set the class where they are copied, or let a lifecycle rule move them.';
  return [{ severity: 'warning', thing: `${name}storage class`, what, remedy }];
}

/** Everything that came before it is in the copy. */
export function pointOf(tally: Tally, { now, isMissing }: { now: number; isMissing: boolean }): number {
  const { missing, behind, young, outOfDate } = tally;
  return Math.min(now, ...[...(isMissing ? [missing] : []), behind, young, outOfDate].map(({ since }) => since - 1));
}
