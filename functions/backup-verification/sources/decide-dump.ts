/** Judges a place where dumps are kept, without looking into any. Pure. */
import type { Head } from '../../object-store/head.ts';
import type { SourceOf } from '../contract.ts';
import { calendarOf } from './calendar.ts';
import type { Checksum } from './checksum-file.ts';
import { judgeLifecycle } from './decide-lifecycle.ts';
import { firstSeen, judgeSchedule } from './decide-schedule.ts';
import type { Made, Problem } from './looking.ts';
import type { Erasing } from './stores.ts';
import { sizeSaid, timeSaid } from './words.ts';

export type DumpFacts = {
  /** Oldest first. */
  made: Made[];
  erasing: Erasing;
  /** Undefined where there is none. */
  head: Pick<Head, 'version'> | undefined;
  checksum: Checksum;
};

type Then = { memory: unknown; now: number };

export function judgeDump(facts: DumpFacts, source: SourceOf<'dump'>, { memory, now }: Then) {
  const { made, erasing } = facts;
  const { schedule, key, prefix = '' } = source;
  const first = firstSeen(memory, made);
  const newest = made.at(-1);
  const isOverwritten = key !== undefined;
  const { keepDays } = schedule;
  return {
    problems: [
      ...judgeSchedule({ made, schedule, now, first }),
      ...judgeLifecycle({ ...erasing, prefix: key ?? prefix, keepDays, isOverwritten }),
      ...judgeOnlyOne(facts, source),
      ...judgeChecksum(facts),
    ],
    examined: made.length,
    backups: calendarOf(made, now),
    said: newest === undefined ? 'There is no dump.' : said(made, newest),
    recoveryPoint: newest?.bytes === 0 ? undefined : newest?.at,
    memory: first === undefined ? undefined : { first: new Date(first).toISOString() },
  };
}

function said(made: Made[], { name, at, bytes }: Made): string {
  return `${made.length} ${made.length === 1 ? 'dump' : 'dumps'}; the newest is ${name} of ${timeSaid(at)}, ${sizeSaid(bytes)}.`;
}

/** Without versions, the next dump replaces the last, and a bad one the only good one. */
function judgeOnlyOne({ made, head }: DumpFacts, { key, schedule }: SourceOf<'dump'>): Problem[] {
  if (key === undefined || made.length === 0 || head?.version.versionId !== undefined) return [];
  if (schedule.keepDays * 24 <= schedule.everyHours) return [];
  return [
    {
      severity: 'warning',
      thing: 'retention',
      what: `only one backup is kept: each replaces ${key}, and the bucket keeps no versions`,
      remedy: 'Turn the bucket’s versioning on, or let each backup have a name of its own.',
    },
  ];
}

function judgeChecksum({ checksum, made }: DumpFacts): Problem[] {
  if (checksum === undefined || !('unusable' in checksum)) return [];
  const what = `${made.at(-1)?.name}.sha256 says nothing of the backup: ${checksum.unusable}`;
  const remedy = 'Write it as sha256sum does, for this file.';
  return [{ severity: 'warning', thing: 'checksum', what, remedy }];
}
