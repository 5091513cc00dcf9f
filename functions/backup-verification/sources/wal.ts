/** Looks at a WAL archive, and at what it continues. */
import type { SourceOf } from '../contract.ts';
import type { Looked } from '../looked.ts';
import { judgeLifecycle } from './decide-lifecycle.ts';
import { firstSeen, judgeReach } from './decide-schedule.ts';
import { judgeArchive, type WalJudged } from './decide-wal.ts';
import { type Looking, lookedOf, type Problem } from './looking.ts';
import { inStore } from './stores.ts';
import { namer, problemsOf } from './tell-wal.ts';
import type { BaseBackup } from './wal-reach.ts';
import { readWal, type WalRead } from './wal-read.ts';
import { sizeSaid, timeSaid } from './words.ts';

type WalSource = SourceOf<'wal'>;
type Then = { memory: unknown; now: number };

/**
 * @param bases those of the source that it continues; undefined where settings name none
 * @throws RefusalError when anything cannot be read
 */
export async function lookAtWal(
  source: WalSource,
  { memory }: Looking,
  bases: BaseBackup[] | undefined,
): Promise<Looked> {
  return inStore(source.store, async (objects) => {
    const read = await readWal(objects, source, bases);
    return judgeWal(read, source, { memory, now: objects.now() });
  });
}

function judgeWal(read: WalRead, source: WalSource, { memory, now }: Then): Looked {
  const { newest, oldest, examined, days } = read;
  if (newest === undefined || oldest === undefined)
    return lookedOf(source, { problems: [noSegments(read)], examined, backups: [], said: 'There is no WAL.' });
  const judged = judgeArchive(read, source, { memory, now });
  const made = [{ at: oldest, name: 'the oldest segment', bytes: 0 }];
  const first = firstSeen(memory, made) ?? oldest;
  return lookedOf(source, {
    problems: [
      ...problemsOf({ facts: read, judged, source }, { since: newest, now }),
      ...judgeReach(made, { ...source, everyHours: source.maxLagMinutes / 60, graceHours: 0 }, now, first),
      ...judgeLifecycle({ ...read.erasing, prefix: source.prefix, keepDays: source.keepDays }),
    ],
    examined,
    backups: days.backups(now),
    said: saidOf(read, judged, source),
    recoveryPoint: judged.recoveryPoint,
    memory: { first: new Date(first).toISOString(), ...(judged.watermark && { watermark: judged.watermark }) },
  });
}

function noSegments({ others }: WalRead): Problem {
  const beside = others > 0 ? `, but ${others} objects that are none; perhaps segmentMb is not the server’s` : '';
  const what = `there is no WAL segment${beside}`;
  return {
    severity: 'critical',
    thing: 'newest',
    what,
    remedy: 'See pg_stat_archiver on the server, and the prefix in settings.',
  };
}

function saidOf({ lines, bytes, newest = 0, bases }: WalRead, judged: WalJudged, source: WalSource): string {
  const count = [...lines.values()].reduce((sum, { numbers }) => sum + numbers.length, 0);
  const all = `${count} segments on ${lines.size === 1 ? 'one timeline' : `${lines.size} timelines`}, ${sizeSaid(bytes)}; the newest came ${timeSaid(newest)}.`;
  const name = namer(judged.way, source);
  const late = judged.late.map(({ from }) => ` ${name(from)} has not come yet, and still may.`).join('');
  const reached = judged.recoveryPoint;
  const point =
    bases === undefined
      ? ' They continue no base backup, and do not count towards RPO.'
      : reached === undefined
        ? ' No base backup can be rolled forward with them.'
        : ` A base backup can be rolled forward to ${timeSaid(reached)}.`;
  return all + late + point;
}
