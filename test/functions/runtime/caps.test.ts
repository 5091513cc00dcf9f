import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { overCaps } from '../../../functions/runtime/caps.ts';

const caps = { maxTargets: 10, maxPercent: 5 };

describe('F11 a plan', () => {
  it.each([
    [0, 0],
    [10, 200],
    [1, 20],
    // Below twenty targets a percentage says little.
    [10, 19],
    [1, 1],
  ])('of %i of %i targets is carried out', (planned, of) => {
    expect(overCaps(caps, { planned, of })).toBeUndefined();
  });

  it.each([
    [11, 1000, 'The plan would change 11 targets; caps.maxTargets allows 10.'],
    [2, 20, 'The plan would change 10.0 % of 20 targets; caps.maxPercent allows 5 %.'],
    [10, 199, 'The plan would change 5.0 % of 199 targets; caps.maxPercent allows 5 %.'],
    [1_000_000, 1_000_000, 'The plan would change 1000000 targets; caps.maxTargets allows 10.'],
  ])('of %i of %i targets is too large', (planned, of, because) => {
    expect(overCaps(caps, { planned, of })).toBe(because);
  });

  it('that is too large stays so when one more target is planned', () => {
    fc.assert(
      fc.property(fc.nat(100), fc.nat(1000), (planned, of) => {
        if (overCaps(caps, { planned, of })) expect(overCaps(caps, { planned: planned + 1, of })).toBeDefined();
      }),
    );
  });
});
