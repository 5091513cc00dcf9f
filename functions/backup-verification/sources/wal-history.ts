/** How one timeline comes from another, and with it the way that a recovery takes through the archive. Pure. */
import { lsnOf } from './wal-name.ts';

/** The timeline before, and the position in the log at which it was left. */
export type Ancestor = { timeline: number; leftAt: bigint };

/** A part of the way: these segments of one timeline. `to` is not of it any more; undefined: as far as there are any. */
export type Span = { timeline: number; from: number; to: number | undefined };

/** @param text of a `.history` file: timeline, position and reason in each line, oldest first. Undefined where it is none */
export function ancestorsIn(text: string): Ancestor[] | undefined {
  const lines = text.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#'));
  const ancestors = lines.map((line) => {
    const [timeline = '', position = ''] = line.trim().split(/\s+/);
    return { timeline: Number(timeline), leftAt: lsnOf(position) };
  });
  const isGood = ancestors.every(({ timeline, leftAt }) => Number.isInteger(timeline) && leftAt !== undefined);
  return isGood && ancestors.length > 0 ? (ancestors as Ancestor[]) : undefined;
}

/**
 * The segment in which a timeline was left belongs to the next one, which begins with a copy of it; what the old one has of it was
 * never finished.
 */
export function wayTo(timeline: number, ancestors: Ancestor[], segmentBytes: number): Span[] {
  const ends = ancestors.map(({ leftAt }) => Number(leftAt / BigInt(segmentBytes)));
  const before = ancestors.map((ancestor, index) => ({
    timeline: ancestor.timeline,
    from: ends[index - 1] ?? 0,
    to: ends[index],
  }));
  return [...before, { timeline, from: ends.at(-1) ?? 0, to: undefined }];
}
