/** The segments of an archive, sorted, in a few bytes each: a busy server writes hundreds of thousands in a month. Pure. */
import type { Place } from './wal-name.ts';

/** One timeline's segments by ascending number. `at`: when each came, in milliseconds since 1970, of the store's clock. */
export type Line = { numbers: number[]; at: number[]; isWhole: boolean[] };

export type Archive = {
  add(segment: Place & { at: number; isWhole: boolean }): void;
  /** The same segment twice, compressed and not, is one. */
  lines(): ReadonlyMap<number, Line>;
};

export function createArchive(): Archive {
  const lines = new Map<number, Line & { isSorted: boolean }>();
  return {
    add: ({ timeline, number, at, isWhole }) => {
      const line = lines.get(timeline) ?? { numbers: [], at: [], isWhole: [], isSorted: true };
      lines.set(timeline, line);
      // Stores list in the order of names, which is that of the numbers; folders may be in the way.
      if (number <= (line.numbers.at(-1) ?? -1)) line.isSorted = false;
      line.numbers.push(number);
      line.at.push(at);
      line.isWhole.push(isWhole);
    },
    lines: () => new Map([...lines].map(([timeline, line]) => [timeline, line.isSorted ? line : sorted(line)])),
  };
}

/** Of two of the same number the whole one counts, and the earlier, since it was enough. */
function sorted({ numbers, at, isWhole }: Line): Line {
  const order = numbers.map((_, index) => index);
  order.sort((a, b) => value(numbers, a) - value(numbers, b) || rank(a) - rank(b) || value(at, a) - value(at, b));
  function rank(index: number): number {
    return isWhole[index] === true ? 0 : 1;
  }
  const kept = order.filter((index, place) => numbers[index] !== numbers[order[place - 1] ?? -1]);
  return {
    numbers: kept.map((index) => value(numbers, index)),
    at: kept.map((index) => value(at, index)),
    isWhole: kept.map((index) => isWhole[index] === true),
  };
}

function value(values: number[], index: number): number {
  return values[index] ?? Number.NaN;
}
