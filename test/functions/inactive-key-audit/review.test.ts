import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KeyFacts } from '../../../functions/inactive-key-audit/decide.ts';
import { openReview } from '../../../functions/inactive-key-audit/review.ts';
import type { Store } from '../../../functions/runtime/store.ts';
import { readCsv } from './csv.ts';
import { HEALTHY } from './key-facts.ts';

/** The rows of a review of these keys, without the header. */
async function reviewOf(keys: Partial<KeyFacts>[]): Promise<string[][]> {
  const review = await openReview();
  let text = '';
  const store = {
    create: async (_key: string, { path }: { path: string }) => {
      text = gunzipSync(readFileSync(path)).toString();
    },
  } as unknown as Store;
  try {
    for (const key of keys)
      review.add({ ...HEALTHY, ...key }, { verdict: 'in use', idleDays: 3, rank: 0, act: 'none' });
    await review.store(store, 'key');
  } finally {
    await review.discard();
  }
  return readCsv(text).slice(1);
}

describe('the access review', () => {
  it('reads back as it was, whatever the names hold, but for an apostrophe before a formula', async () => {
    const hostile = fc.array(fc.constantFrom(',', '"', '\r', '\n', '=', '+', '-', '@', '\t', "'", 'a', '§', '😀'));
    const names = fc.oneof(
      fc.string({ unit: 'binary' }),
      hostile.map((parts) => parts.join('')),
    );
    const pairs = fc.array(fc.record({ keyId: names, ownerName: names }), { minLength: 1, maxLength: 50 });
    const harmless = (name: string) => (/^[=+\-@\t\r]/.test(name) ? `'${name}` : name);
    await fc.assert(
      fc.asyncProperty(pairs, async (keys) => {
        const rows = await reviewOf(keys);
        const expected = keys.map(({ keyId, ownerName }) => [harmless(keyId), harmless(ownerName)]);
        expect(rows.map((row) => [row[0], row[2]])).toEqual(expected);
      }),
      { numRuns: 20 },
    );
  });

  it.each([
    '=1+1',
    '+1',
    '-1',
    '@SUM(A1)',
    '\t=1',
    '\r=1',
  ])('makes text of what a spreadsheet would run: %j', async (name) => {
    const [row] = await reviewOf([{ ownerName: name }]);
    expect(row?.[2]).toBe(`'${name}`);
  });

  it('writes times in UTC to the second, also impossible ones', async () => {
    const seconds = (iso: string) => Date.parse(iso) / 1000;
    const times = [
      [undefined, ''],
      [seconds('2024-02-29T23:59:59Z'), '2024-02-29T23:59:59Z'],
      [seconds('1969-12-31T23:59:58Z'), '1969-12-31T23:59:58Z'],
      [seconds('+012345-01-02T03:04:05Z'), '+012345-01-02T03:04:05Z'],
      [Number.POSITIVE_INFINITY, 'Infinity'],
      [9e12, '9000000000000'],
      [-9e12, '-9000000000000'],
    ] as const;
    const rows = await reviewOf(times.map(([createdAt]) => ({ createdAt })));
    expect(rows.map((row) => row[3])).toEqual(times.map(([, text]) => text));
  });

  it('has no idle days for a key that is off, and no owner for one without', async () => {
    const [row] = await reviewOf([{ active: false, owner: undefined, ownerName: '(no owner)' }]);
    expect(row).toMatchObject({ 1: '', 2: '(no owner)', 5: '' });
  });
});
