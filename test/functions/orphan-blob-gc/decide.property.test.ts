import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  judge,
  type ObjectFacts,
  objectionToReferences,
  type RowFacts,
} from '../../../functions/orphan-blob-gc/decide.ts';

const NOW = 1_800_000_000;
const HOUR = 3_600;
const ages = { minAgeHours: 24, storeNowMs: NOW * 1000, databaseNowSeconds: NOW };

const hours = fc.oneof(fc.double({ min: -100, max: 200, noNaN: true }), fc.constantFrom(24, 24 - 1 / HOUR, 0));
const time = fc.oneof(
  hours.map((ago) => NOW - ago * HOUR),
  fc.constantFrom(undefined, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
);
const row: fc.Arbitrary<RowFacts> = fc.record({
  hash: fc.constant('a'),
  isRow: fc.boolean(),
  references: fc.nat(3),
  bytes: fc.option(fc.nat(3), { nil: undefined }),
  createdAt: time,
  refCount: fc.option(fc.nat(3), { nil: undefined }),
});
const object: fc.Arbitrary<ObjectFacts> = fc.record({
  key: fc.constant('a'),
  etag: fc.constant('"e"'),
  bytes: fc.nat(3),
  lastModified: time.map((seconds) => (seconds ?? Number.NaN) * 1000),
});
const maybe = <Value>(of: fc.Arbitrary<Value>) => fc.option(of, { nil: undefined });
const isOld = (seconds: number | undefined) =>
  seconds !== undefined && Number.isFinite(seconds) && NOW - seconds >= 24 * HOUR;

describe('a judgement', () => {
  const holds = (what: (facts: { row?: RowFacts; object?: ObjectFacts; verdict: string }) => void) =>
    fc.assert(
      fc.property(maybe(row), maybe(object), (oneRow, oneObject) => {
        fc.pre(oneRow !== undefined || oneObject !== undefined);
        const verdict = judge(oneRow, oneObject, ages);
        what({ ...(oneRow && { row: oneRow }), ...(oneObject && { object: oneObject }), verdict });
      }),
      { numRuns: 5_000 },
    );

  it('never makes a candidate of what anything references', () =>
    holds(({ row: of, verdict }) => {
      if (of !== undefined && of.references > 0) expect(['no row', 'row unreferenced']).not.toContain(verdict);
    }));

  it('F50 F18 never makes a candidate of what is young, or whose age is not known', () =>
    holds(({ row: of, object: it, verdict }) => {
      if (verdict === 'no row' || verdict === 'row unreferenced') {
        expect(it && isOld(it.lastModified / 1000)).toBe(true);
        if (of) expect(isOld(of.createdAt)).toBe(true);
      }
    }));

  it('F62 calls only that missing which has an old row and no object', () =>
    holds(({ row: of, object: it, verdict }) => {
      if (verdict !== 'missing') return;
      expect(it).toBeUndefined();
      expect(of?.isRow && of.references > 0 && isOld(of.createdAt)).toBe(true);
    }));

  it('makes a candidate of everything else that is old and that nothing references', () =>
    holds(({ row: of, object: it, verdict }) => {
      if (!it || !isOld(it.lastModified / 1000)) return;
      if (of === undefined) expect(verdict).toBe('no row');
      else if (of.isRow && of.references === 0 && isOld(of.createdAt)) expect(verdict).toBe('row unreferenced');
    }));

  it('does not ask ref_count', () =>
    holds(({ row: of, object: it, verdict }) => {
      if (of) for (const refCount of [undefined, 0, 9]) expect(judge({ ...of, refCount }, it, ages)).toBe(verdict);
    }));
});

describe('F54 references', () => {
  it('are believed where none of the columns has lost more than is allowed, and only there', () => {
    const counts = fc.record({ a: fc.nat(1_000), b: fc.nat(1_000) });
    fc.assert(
      fc.property(counts, counts, fc.integer({ min: 0, max: 100 }), (before, counted, maxDropPercent) => {
        const isBelieved = objectionToReferences({ counted, before, maxDropPercent }) === undefined;
        const kept = (name: 'a' | 'b') =>
          before[name] === 0 ||
          (counted[name] > 0 && counted[name] >= before[name] * (1 - maxDropPercent / 100) - 1e-9);
        expect(isBelieved).toBe(counted.a + counted.b > 0 && kept('a') && kept('b'));
      }),
    );
  });

  it('are not believed where a column of the last marking is not among them any more, had it any or not', () => {
    const asked = { counted: { a: 10 }, maxDropPercent: 100 };
    expect(objectionToReferences({ ...asked, before: { a: 10 } })).toBeUndefined();
    for (const b of [5, 0])
      expect(objectionToReferences({ ...asked, before: { a: 10, b } })).toContain(
        `b is not in settings.references any more, and had ${b}`,
      );
  });
});
