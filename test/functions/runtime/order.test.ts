import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareBytes, mustAscend } from '../../../functions/runtime/order.ts';

const anyText = fc.string({
  unit: fc.oneof(
    fc.constantFrom('a', 'z', 'é', '\uFFFD', '\uE000', '\u{1F600}', '\u{10000}'),
    fc.string({ unit: 'grapheme', maxLength: 1 }),
  ),
});

describe('the order of two keys', () => {
  it('F63 is that of their bytes in UTF-8', () => {
    fc.assert(
      fc.property(anyText, anyText, (a, b) => {
        expect(Math.sign(compareBytes(a, b))).toBe(Math.sign(Buffer.compare(Buffer.from(a), Buffer.from(b))));
      }),
      { numRuns: 1000 },
    );
  });

  it('F63 is not that of UTF-16, which sorts an emoji before a private-use character', () => {
    expect('\u{1F600}' < '\uE000').toBe(true);
    expect(compareBytes('\u{1F600}', '\uE000')).toBeGreaterThan(0);
  });
});

describe('F63 a stream that must ascend', () => {
  const check = (keys: string[]) => () => keys.forEach(mustAscend('The list'));

  it('may', () => {
    expect(check(['', 'a', 'aa', 'b', '\uE000', '\u{1F600}'])).not.toThrow();
  });

  it.each([
    ['descends', ['a', 'c', 'b'], '"b" came after "c"'],
    ['repeats itself', ['a', 'a'], '"a" came after "a"'],
    ['ascends in another order', ['\u{1F600}', '\uE000'], 'came after'],
  ])('is refused where it %s', (_how, keys, said) => {
    expect(check(keys)).toThrowError(
      expect.objectContaining({ name: 'RefusalError', message: expect.stringContaining(said) }),
    );
  });
});
