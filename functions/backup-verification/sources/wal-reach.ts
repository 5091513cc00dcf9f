/** How far each base backup can be rolled forward through an archive. Pure. */
import { compareSpots, type Run, type Spot, type Way } from './wal-gaps.ts';
import type { Span } from './wal-history.ts';

/** One base backup that can be told from others. Times are milliseconds since 1970. */
export type BaseBackup = {
  name: string;
  at: number;
  timeline: number;
  startLsn: bigint;
  /** Where it ends, and before which it is not consistent. Undefined: nobody has said. */
  stopLsn?: bigint;
};

export type Reach =
  | { kind: 'reaches'; base: BaseBackup; from: Spot; run: Run }
  /** The newest timeline does not come from the base’s, or left it before the base began. */
  | { kind: 'another timeline'; base: BaseBackup }
  /** The segment that it begins in is not there. */
  | { kind: 'no start'; base: BaseBackup; from: Spot }
  /** It breaks off before the base’s own end. */
  | { kind: 'no stop'; base: BaseBackup; from: Spot; run: Run };

export function reachOf(base: BaseBackup, { spans, runs }: Way, segmentBytes: number): Reach {
  const numberOf = (lsn: bigint) => Number(lsn / BigInt(segmentBytes));
  const from = spotOn(spans, base.timeline, numberOf(base.startLsn));
  if (from === undefined) return { kind: 'another timeline', base };
  const run = runAt(runs, from);
  if (run === undefined) return { kind: 'no start', base, from };
  // The last byte of a backup is before its stop position.
  const stop = numberOf((base.stopLsn ?? base.startLsn + 1n) - 1n);
  return run.to.number < stop ? { kind: 'no stop', base, from, run } : { kind: 'reaches', base, from, run };
}

/** The segment in which a timeline was left is on the way as the next timeline’s. */
function spotOn(spans: Span[], timeline: number, number: number): Spot | undefined {
  const at = spans.findIndex((span) => span.timeline === timeline);
  const span = spans[at];
  if (span === undefined || number < span.from) return undefined;
  if (span.to === undefined || number < span.to) return { span: at, number };
  return number === span.to ? { span: at + 1, number } : undefined;
}

/** Runs are in order and do not meet, so halving finds the one. */
function runAt(runs: Run[], spot: Spot): Run | undefined {
  const run = runs.findLast(({ from }) => compareSpots(from, spot) <= 0);
  return run !== undefined && compareSpots(spot, run.to) <= 0 ? run : undefined;
}
