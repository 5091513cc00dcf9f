import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judgeArchive, type WalFacts } from '../../../../functions/backup-verification/sources/decide-wal.ts';
import { createArchive } from '../../../../functions/backup-verification/sources/wal-archive.ts';
import type { Break } from '../../../../functions/backup-verification/sources/wal-gaps.ts';
import { segmentName, walFileOf } from '../../../../functions/backup-verification/sources/wal-name.ts';
import { walSource } from './wal-source.ts';

const SEGMENT = 16 * 2 ** 20;
const NOW = Date.parse('2026-11-21T06:00:00Z');
const MINUTE = 60_000;
/** When there is one timeline after the other, the numbers at which each was left. */
const ways = fc
  .array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 3 })
  .map((lengths) => lengths.map((_, index) => lengths.slice(0, index + 1).reduce((end, length) => end + length, 3)));

type Segment = { timeline: number; number: number };

/** Every segment that a server wrote on the way, in order: what an archive without a fault holds. */
function written(ends: number[]): Segment[] {
  return ends.flatMap((end, index) =>
    Array.from({ length: end - (ends[index - 1] ?? 3) }, (_, n) => ({
      timeline: index + 1,
      number: (ends[index - 1] ?? 3) + n,
    })),
  );
}

function factsOf(kept: (Segment & { at: number })[], ends: number[], base: Segment): WalFacts {
  const archive = createArchive();
  for (const segment of kept) archive.add({ ...segment, isWhole: true });
  const lines = archive.lines();
  const newest = Math.max(...lines.keys());
  const ancestors = ends.slice(0, newest - 1).map((end, index) => ({
    timeline: index + 1,
    leftAt: BigInt(end) * BigInt(SEGMENT) + 100n,
  }));
  const startLsn = BigInt(base.number) * BigInt(SEGMENT) + 40n;
  const bases = [{ name: 'b', at: NOW - 86_400_000, timeline: base.timeline, startLsn, stopLsn: startLsn + 100n }];
  return { lines, partials: new Map(), ancestors, bases };
}

const namesIn = (breaks: Break[], spans: { timeline: number }[]) =>
  breaks.flatMap(({ from, to }) =>
    Array.from({ length: to.number - from.number + 1 }, (_, n) =>
      segmentName({ timeline: spans[from.span]?.timeline ?? 0, number: from.number + n }, SEGMENT),
    ),
  );

const archives = fc.record({
  ends: ways,
  isKept: fc.infiniteStream(fc.integer({ min: 0, max: 4 }).map((chance) => chance > 0)),
  shuffle: fc.infiniteStream(fc.nat()),
  minutesAgo: fc.infiniteStream(fc.integer({ min: 1, max: 60 })),
});

/** Some segments are missing; the first and the last are there, and each came at a time of its own. */
function drawn({
  ends,
  isKept,
  shuffle,
  minutesAgo,
}: typeof archives extends fc.Arbitrary<infer Drawn> ? Drawn : never) {
  const all = written(ends);
  const kept = all
    .filter((_, index) => isKept.next().value || index === 0 || index === all.length - 1)
    .map((segment) => ({ ...segment, at: NOW - minutesAgo.next().value * MINUTE, order: shuffle.next().value }));
  const missing = all.filter(
    ({ number, timeline }) => !kept.some((one) => one.number === number && one.timeline === timeline),
  );
  return { all, kept, missing, listed: kept.toSorted((a, b) => a.order - b.order) };
}

const isBefore = (a: Segment, b: Segment) =>
  a.timeline < b.timeline || (a.timeline === b.timeline && a.number < b.number);

describe('F77 an archive of any timelines, listed in any order', () => {
  it('has exactly the gaps that were made in it, and not those that may still come', () => {
    fc.assert(
      fc.property(archives, (given) => {
        const { all, missing, kept, listed } = drawn(given);
        const [base] = all as [Segment];
        const { gaps, late, way } = judgeArchive(factsOf(listed, given.ends, base), walSource({ maxLagMinutes: 30 }), {
          memory: undefined,
          now: NOW,
        });
        const isLate = (segment: Segment) =>
          Math.min(...kept.filter((one) => isBefore(segment, one)).map(({ at }) => at)) >= NOW - 30 * MINUTE;
        const nameOf = (segment: Segment) => segmentName(segment, SEGMENT);
        expect(namesIn(gaps, way.spans)).toEqual(missing.filter((segment) => !isLate(segment)).map(nameOf));
        expect(namesIn(late, way.spans)).toEqual(missing.filter(isLate).map(nameOf));
      }),
    );
  });

  it('reaches from a base backup to the last segment before the first that is missing', () => {
    fc.assert(
      fc.property(archives, fc.nat(), (given, pick) => {
        const { all, kept, listed } = drawn(given);
        const base = all[pick % all.length] as Segment;
        const { recoveryPoint } = judgeArchive(factsOf(listed, given.ends, base), walSource(), {
          memory: undefined,
          now: NOW,
        });
        const after = all.filter((segment) => !isBefore(segment, base));
        const isThere = (segment: Segment) =>
          kept.some(({ number, timeline }) => number === segment.number && timeline === segment.timeline);
        const end = after.findIndex((segment) => !isThere(segment));
        const last = after[(end === -1 ? after.length : end) - 1];
        const expected = kept.find(({ number, timeline }) => number === last?.number && timeline === last.timeline)?.at;
        expect(recoveryPoint).toBe(expected);
      }),
    );
  });

  it('loses nothing by what retention has removed before its oldest base backup', () => {
    fc.assert(
      fc.property(archives, fc.nat(), (given, pick) => {
        const { all } = drawn(given);
        const start = pick % all.length;
        const base = all[start] as Segment;
        const kept = all
          .filter((_, index) => index >= start || given.isKept.next().value)
          .map((one) => ({ ...one, at: NOW - 60 * MINUTE }));
        const { gaps } = judgeArchive(factsOf(kept, given.ends, base), walSource({ maxLagMinutes: 30 }), {
          memory: undefined,
          now: NOW,
        });
        expect(gaps).toEqual([]);
      }),
    );
  });
});

describe('a segment’s name', () => {
  it('is read as it is written, for every size of segments', () => {
    const sizes = fc.constantFrom(1, 16, 64, 1024).map((mb) => mb * 2 ** 20);
    const place = { timeline: fc.integer({ min: 1, max: 2 ** 32 - 1 }), number: fc.integer({ min: 0, max: 2 ** 34 }) };
    fc.assert(
      fc.property(fc.record(place), sizes, fc.constantFrom('', '.gz', '.lz4', '.zst'), (segment, bytes, ending) => {
        const key = `wal/0000/${segmentName(segment, bytes)}${ending}`;
        expect(walFileOf(key, bytes)).toEqual({ kind: 'segment', isCompressed: ending !== '', ...segment });
      }),
    );
  });

  it('is told from everything else that lies in an archive', () => {
    const kindOf = (name: string) => walFileOf(`a/${name}`, SEGMENT).kind;
    expect(kindOf('000000010000000000000003.partial')).toBe('partial');
    expect(kindOf('00000002.history')).toBe('history');
    expect(kindOf('000000010000000000000003.00000028.backup')).toBe('backup');
    expect(kindOf('000000010000000000000100')).toBe('other');
    expect(kindOf('000000010000000000000003.tmp')).toBe('other');
    expect(kindOf('00000001000000000000000g')).toBe('other');
  });
});
