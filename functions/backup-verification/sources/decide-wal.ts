/** Judges a WAL archive: where it breaks, what it continues, and how far it reaches (F77). Pure. */
import * as z from 'zod';
import type { SourceOf } from '../contract.ts';
import type { Line } from './wal-archive.ts';
import { type Break, compareSpots, follow, type Spot, type Way } from './wal-gaps.ts';
import { type Ancestor, wayTo } from './wal-history.ts';
import type { Place } from './wal-name.ts';
import { type BaseBackup, type Reach, reachOf } from './wal-reach.ts';
import { DAY_MS, MINUTE_MS } from './words.ts';

export type WalFacts = {
  lines: ReadonlyMap<number, Line>;
  /** The newest `.partial` of each timeline. */
  partials: ReadonlyMap<number, Place & { at: number }>;
  /** Of the newest timeline; undefined where its history file is not there, or unreadable. */
  ancestors: Ancestor[] | undefined;
  /** Undefined where settings name none. */
  bases: BaseBackup[] | undefined;
};

export type Then = { memory: unknown; now: number };

export type WalJudged = {
  way: Way;
  reaches: Reach[];
  /** Critical: a base backup that is kept cannot be rolled forward over these. */
  gaps: Break[];
  /** Not there yet, and may still come. */
  late: Break[];
  /** When the last segment came that some base backup can be rolled forward to. */
  recoveryPoint: number | undefined;
  watermark: Place | undefined;
  newest: number;
};

const Memory = z.object({ watermark: z.object({ timeline: z.int(), number: z.int() }) });

/** @param facts.lines not empty */
export function judgeArchive(facts: WalFacts, source: SourceOf<'wal'>, { memory, now }: Then): WalJudged {
  const segmentBytes = source.segmentMb * 2 ** 20;
  const newest = Math.max(...facts.lines.keys());
  const way = follow(wayTo(newest, facts.ancestors ?? [], segmentBytes), facts.lines);
  const reaches = (facts.bases ?? []).map((base) => reachOf(base, way, segmentBytes));
  const known = Memory.safeParse(memory);
  const watermark = known.success ? spotOf(known.data.watermark, way) : undefined;
  const limits = { now, maxLagMs: source.maxLagMinutes * MINUTE_MS, keepMs: source.keepDays * DAY_MS };
  const classed = way.breaks.map((broken) => ({ broken, as: classOf(broken, { reaches, watermark, ...limits }) }));
  const of = (kind: Class) => classed.flatMap(({ broken, as }) => (as === kind ? [broken] : []));
  const late = of('late');
  return {
    ...{ way, reaches, late, newest, gaps: of('gap') },
    recoveryPoint: recoveryPointOf(reaches, way, facts),
    watermark: watermarkOf(way, late),
  };
}

type Class = 'gap' | 'late' | 'removed' | 'of no use';
type Known = { reaches: Reach[]; watermark: Spot | undefined; now: number; maxLagMs: number; keepMs: number };

function classOf(broken: Break, { reaches, watermark, now, maxLagMs, keepMs }: Known): Class {
  const wasSeen = watermark !== undefined && compareSpots(broken.to, watermark) <= 0;
  // Later segments are there, but archivers work in parallel, and stores in any order.
  if (broken.kind === 'missing' && !wasSeen && now - broken.since <= maxLagMs) return 'late';
  const starts = reaches.flatMap((reach) => ('from' in reach ? [reach] : []));
  const newest = starts.reduce<BaseBackup | undefined>(newerOf, undefined);
  const isNeeded = ({ from, base }: { from: Spot; base: BaseBackup }) =>
    compareSpots(from, broken.to) <= 0 && (base === newest || base.at >= now - keepMs);
  if (starts.some(isNeeded)) return 'gap';
  if (wasSeen && broken.since < now - keepMs) return 'removed';
  // Nobody can go back to before the first base backup, gap or not.
  return starts.length > 0 ? 'of no use' : 'gap';
}

function newerOf(newest: BaseBackup | undefined, { base }: { base: BaseBackup }): BaseBackup {
  return newest === undefined || base.at > newest.at ? base : newest;
}

function recoveryPointOf(reaches: Reach[], way: Way, { partials }: WalFacts): number | undefined {
  const points = reaches.flatMap((reach) =>
    reach.kind === 'reaches' ? [Math.max(reach.run.at, partialAfter(reach.run.to, way, partials) ?? 0)] : [],
  );
  return points.length === 0 ? undefined : Math.max(...points);
}

/** An unfinished segment counts at the very end only: anywhere else, the whole one is needed. */
function partialAfter({ span, number }: Spot, { spans, runs, breaks }: Way, partials: WalFacts['partials']) {
  const partial = partials.get(spans[span]?.timeline ?? -1);
  const end = [...runs, ...breaks].every(({ to }) => compareSpots(to, { span, number }) <= 0);
  return end && partial?.number === number + 1 ? partial.at : undefined;
}

/** Up to here, everything was there or is told as a gap: what goes missing before it has been removed, and is not late. */
function watermarkOf({ runs, spans }: Way, late: Break[]): Place | undefined {
  const [first] = late;
  const end = first === undefined ? runs.at(-1)?.to : runs.findLast(({ to }) => compareSpots(to, first.from) < 0)?.to;
  return end && { timeline: spans[end.span]?.timeline ?? 0, number: end.number };
}

function spotOf({ timeline, number }: Place, { spans }: Way): Spot | undefined {
  const span = spans.findIndex((one) => one.timeline === timeline);
  return span === -1 ? undefined : { span, number };
}
