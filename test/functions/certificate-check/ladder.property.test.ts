import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DAY_MS, rungOf } from '../../../functions/certificate-check/ladder.ts';
import { inDays, NOW } from './certificates.ts';

const ladders = fc
  .uniqueArray(fc.integer({ min: 1, max: 825 }), { minLength: 1, maxLength: 9 })
  .map((days) => days.sort((a, b) => b - a));
const days = fc.double({ min: -400, max: 900, noNaN: true });
const lives = fc.option(fc.double({ min: 0.1, max: 900, noNaN: true }), { nil: undefined });
const RANK = { info: 1, warning: 2, critical: 3 };

const spanOf = (left: number, ladderDays: number[], life?: number) => ({
  until: NOW + left * DAY_MS,
  now: NOW,
  ladderDays,
  ...(life !== undefined && { lifeMs: life * DAY_MS }),
});

describe('the ladder', () => {
  it('never steps back, nor becomes milder, as the end comes nearer', () => {
    fc.assert(
      fc.property(ladders, days, days, lives, (ladderDays, a, b, life) => {
        const [later, sooner] = [Math.max(a, b), Math.min(a, b)].map((left) => rungOf(spanOf(left, ladderDays, life)));
        expect(sooner?.step ?? 0).toBeGreaterThanOrEqual(later?.step ?? 0);
        expect(sooner ? RANK[sooner.severity] : 0).toBeGreaterThanOrEqual(later ? RANK[later.severity] : 0);
      }),
    );
  });

  it('is silent exactly while more days are left than its first step has', () => {
    fc.assert(
      fc.property(ladders, days, (ladderDays, left) => {
        const isQuiet = NOW + left * DAY_MS - NOW >= (ladderDays[0] ?? 0) * DAY_MS;
        expect(rungOf(spanOf(left, ladderDays)) === undefined).toBe(isQuiet);
      }),
    );
  });

  it('is critical, on a step of its own, for whatever is over', () => {
    fc.assert(
      fc.property(ladders, fc.double({ min: 0.001, max: 400, noNaN: true }), lives, (ladderDays, ago, life) => {
        const over = rungOf(spanOf(-ago, ladderDays, life));
        expect(over?.severity).toBe('critical');
        expect(over?.step).toBeGreaterThan(rungOf(spanOf(0.0001, ladderDays, life))?.step ?? 0);
      }),
    );
  });

  it('judges a life of 47 days or less by what is left of it, whatever the days say', () => {
    fc.assert(
      fc.property(
        ladders,
        fc.double({ min: 1, max: 47, noNaN: true }),
        fc.double({ min: 0.01, max: 1, noNaN: true }),
        (ladderDays, life, share) => {
          fc.pre(Math.abs(share - 1 / 3) > 1e-6 && Math.abs(share - 1 / 6) > 1e-6);
          const rung = rungOf(spanOf(life * share, ladderDays, life));
          expect(rung?.severity).toBe(share < 1 / 6 ? 'critical' : share < 1 / 3 ? 'warning' : undefined);
        },
      ),
    );
  });
});

describe('the default ladder', () => {
  it.each([
    [30.1, undefined],
    [29.9, { step: 1, severity: 'warning' }],
    [13.9, { step: 2, severity: 'warning' }],
    [6.9, { step: 3, severity: 'warning' }],
    [0.9, { step: 4, severity: 'critical' }],
    [-0.1, { step: 5, severity: 'critical' }],
  ])('says of %d days what its step says', (left, rung) => {
    expect(rungOf({ until: inDays(left), now: NOW, ladderDays: [30, 14, 7, 1], lifeMs: 90 * DAY_MS })).toEqual(rung);
  });
});
