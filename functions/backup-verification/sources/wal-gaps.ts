/** Follows the way that a recovery takes through an archive, and tells where it breaks. Pure. */
import type { Line } from './wal-archive.ts';
import type { Span } from './wal-history.ts';

/** A segment's place on the way: on which part of it, and its number. */
export type Spot = { span: number; number: number };

/** A piece without a break. `at` is when its last segment came, in milliseconds since 1970. */
export type Run = { from: Spot; to: Spot; at: number };

/** From and to are of it, and on one timeline. `since`: by then they had been finished, because a later segment was there. */
export type Break = { kind: 'missing' | 'not whole'; from: Spot; to: Spot; since: number };

export type Way = { spans: Span[]; runs: Run[]; breaks: Break[] };

/** What is before the first segment is not missing: retention has removed it, or nobody ever archived it. */
export function follow(spans: Span[], lines: ReadonlyMap<number, Line>): Way {
  const steps = stepsOn(spans, lines);
  const since = earliestFrom(steps.at);
  const way: Way = { spans, runs: [], breaks: [] };
  for (let index = 0; index < steps.at.length; index += 1) {
    const spot = spotOf(steps, index);
    const missing = index === 0 ? [] : between(spotOf(steps, index - 1), spot, spans);
    for (const gap of missing) way.breaks.push({ kind: 'missing', ...gap, since: since[index] ?? Number.NaN });
    const at = steps.at[index] ?? Number.NaN;
    if (steps.isWhole[index] !== true) way.breaks.push({ kind: 'not whole', from: spot, to: spot, since: at });
    else if (index === 0 || missing.length > 0 || steps.isWhole[index - 1] !== true)
      way.runs.push({ from: spot, to: spot, at });
    else Object.assign(way.runs.at(-1) as Run, { to: spot, at });
  }
  return way;
}

/** Negative, zero or positive, as `a` comes before, at or after `b`. */
export function compareSpots(a: Spot, b: Spot): number {
  return a.span - b.span || a.number - b.number;
}

type Steps = { span: number[]; number: number[]; at: number[]; isWhole: boolean[] };

/** Segments of a timeline before or after the part of it that is on the way are not steps of it. */
function stepsOn(spans: Span[], lines: ReadonlyMap<number, Line>): Steps {
  const steps: Steps = { span: [], number: [], at: [], isWhole: [] };
  for (const [span, { timeline, from, to = Number.POSITIVE_INFINITY }] of spans.entries()) {
    const { numbers = [], at = [], isWhole = [] } = lines.get(timeline) ?? {};
    for (const [index, number] of numbers.entries()) {
      if (number < from || number >= to) continue;
      steps.span.push(span);
      steps.number.push(number);
      steps.at.push(at[index] ?? Number.NaN);
      steps.isWhole.push(isWhole[index] === true);
    }
  }
  return steps;
}

function spotOf(steps: Steps, index: number): Spot {
  return { span: steps.span[index] ?? 0, number: steps.number[index] ?? 0 };
}

/** On each timeline from the one spot to the other, what should be between them. */
function between(before: Spot, after: Spot, spans: Span[]): { from: Spot; to: Spot }[] {
  const parts = Array.from({ length: after.span - before.span + 1 }, (_, index) => before.span + index);
  return parts.flatMap((span) => {
    const first = span === before.span ? before.number + 1 : (spans[span]?.from ?? 0);
    const last = (span === after.span ? after.number : (spans[span]?.to ?? first)) - 1;
    return first <= last ? [{ from: { span, number: first }, to: { span, number: last } }] : [];
  });
}

/** For each step, when the earliest of it and all later ones came: segments are archived out of order. */
function earliestFrom(at: number[]): Float64Array {
  const earliest = new Float64Array(at.length);
  let least = Number.POSITIVE_INFINITY;
  for (let index = at.length - 1; index >= 0; index -= 1) {
    least = Math.min(least, at[index] ?? least);
    earliest[index] = least;
  }
  return earliest;
}
