/** What is wrong with a WAL archive, in words. Pure. */
import type { SourceOf } from '../contract.ts';
import type { WalFacts, WalJudged } from './decide-wal.ts';
import type { Problem } from './looking.ts';
import type { Break, Spot, Way } from './wal-gaps.ts';
import { segmentName } from './wal-name.ts';
import type { Reach } from './wal-reach.ts';
import { ageSaid, fewOf, MINUTE_MS, timeSaid } from './words.ts';

type WalSource = SourceOf<'wal'>;
type Judged = { facts: WalFacts; judged: WalJudged; source: WalSource };

/** @param since when the newest segment came */
export function problemsOf(given: Judged, { since, now }: { since: number; now: number }): Problem[] {
  const { judged, source } = given;
  const name = namer(judged.way, source);
  return [
    ...judged.gaps.filter(({ kind }) => kind === 'missing').map((gap) => gapTold(gap, name)),
    ...notWhole(judged.gaps, name, source),
    ...judged.reaches.flatMap((reach) => baseTold(reach, given, name)),
    ...withoutBase(given),
    ...lagTold(source, since, now),
    ...historyTold(given),
    ...timelineTold(given),
  ];
}

type Namer = (spot: Spot) => string;

export function namer({ spans }: Way, { segmentMb }: WalSource): Namer {
  return ({ span, number }) => segmentName({ timeline: spans[span]?.timeline ?? 0, number }, segmentMb * 2 ** 20);
}

function gapTold({ from, to, since }: Break, name: Namer): Problem {
  const count = to.number - from.number + 1;
  const which =
    count === 1 ? `segment ${name(from)} is` : `${count} segments are missing, from ${name(from)} to ${name(to)}`;
  return {
    severity: 'critical',
    thing: `gap at ${name(from)}`,
    what: `${which}${count === 1 ? ' missing' : ''}; later ones have been there since ${timeSaid(since)}`,
    remedy:
      'No recovery gets past it. Copy them from the server or a standby if they are still there; else take a base backup now.',
  };
}

function notWhole(gaps: Break[], name: Namer, { segmentMb }: WalSource): Problem[] {
  const names = gaps.filter(({ kind }) => kind === 'not whole').map(({ from }) => name(from));
  if (names.length === 0) return [];
  const what = `${names.length} of the segments have not the ${segmentMb} MB that each must have: ${fewOf(names)}`;
  const remedy =
    'No recovery gets past them. Archive them again from the server, or take a base backup now. If every segment is told, correct segmentMb.';
  return [{ severity: 'critical', thing: 'segment size', what, remedy }];
}

function baseTold(reach: Reach, { judged }: Judged, name: Namer): Problem[] {
  if (reach.kind === 'reaches') return [];
  const thing = `base backup ${reach.base.name}`;
  if (reach.kind === 'another timeline') {
    const what = `it is of timeline ${reach.base.timeline}, and the newest timeline, ${judged.newest}, does not go on from it`;
    const remedy = 'Take a base backup of the server as it is now: this one leads to a past that was left.';
    return [{ severity: 'warning', thing, what, remedy }];
  }
  const what =
    reach.kind === 'no start'
      ? `the segment it begins in, ${name(reach.from)}, is not in the archive`
      : `the archive breaks off after ${name(reach.run.to)}, before the backup’s own end`;
  const remedy =
    'Nothing can be restored from this backup with this archive. Take a new one, and keep WAL as long as the backups.';
  return [{ severity: 'critical', thing, what, remedy }];
}

function withoutBase({ facts: { bases }, source }: Judged): Problem[] {
  if (bases === undefined) {
    const what = 'it continues no base backup, so nothing can be restored from it and it does not count towards RPO';
    return [
      { severity: 'info', thing: 'base backup', what, remedy: 'Set continues to the source of its base backups.' },
    ];
  }
  if (bases.length > 0) return [];
  const what = `${source.continues} has no base backup that it could continue`;
  return [{ severity: 'critical', thing: 'base backup', what, remedy: 'Take a base backup now.' }];
}

function lagTold({ maxLagMinutes }: WalSource, since: number, now: number): Problem[] {
  const age = now - since;
  const limit = maxLagMinutes * MINUTE_MS;
  if (age <= limit) return [];
  return [
    {
      severity: age >= 2 * limit ? 'critical' : 'warning',
      thing: 'lag',
      what: `the newest segment came ${ageSaid(age)} ago (${timeSaid(since)}); ${maxLagMinutes} minutes are allowed`,
      remedy: 'See pg_stat_archiver on the server: archiving fails, or archive_timeout is longer than maxLagMinutes.',
    },
  ];
}

function historyTold({ facts: { ancestors }, judged: { newest, reaches } }: Judged): Problem[] {
  if (newest === 1 || ancestors !== undefined) return [];
  const isNeeded = reaches.some(({ base }) => base.timeline < newest);
  return [
    {
      severity: isNeeded ? 'critical' : 'warning',
      thing: 'history',
      what: `the history file of timeline ${newest} is not there, so nobody knows where the timeline begins`,
      remedy: 'Copy it from pg_wal of the server, or take a base backup of this timeline.',
    },
  ];
}

function timelineTold({ facts: { bases = [] }, judged: { newest } }: Judged): Problem[] {
  const newestOfBases = Math.max(...bases.map(({ timeline }) => timeline));
  if (bases.length === 0 || newestOfBases >= newest) return [];
  const what = `the archive is on timeline ${newest}, and the newest base backup on ${newestOfBases}`;
  const remedy =
    'A standby was promoted, or the server restored. Take a base backup: recovery across timelines has more that can fail.';
  return [{ severity: 'info', thing: 'timeline', what, remedy }];
}
