import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sampleOf } from '../../../../functions/backup-verification/sources/chance.ts';
import { mergeListings } from '../../../../functions/backup-verification/sources/merge-listings.ts';
import type { Listed } from '../../../../functions/object-store/listing.ts';

const listed = (key: string): Listed => ({ key, bytes: 1, etag: '', lastModified: 0, storageClass: 'STANDARD' });
const byBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));

async function* pagesOf(keys: string[], size: number): AsyncGenerator<Listed[]> {
  yield [];
  for (let at = 0; at < keys.length; at += size) yield keys.slice(at, at + size).map(listed);
}

async function merged(left: string[], right: string[], size: number) {
  const seen: [string, boolean, boolean][] = [];
  await mergeListings(
    {
      name: 'left',
      prefix: 'a/',
      pages: pagesOf(
        left.map((key) => `a/${key}`),
        size,
      ),
    },
    { name: 'right', prefix: '', pages: pagesOf(right, size + 1) },
    (key, own, other) => seen.push([key, own !== undefined, other !== undefined]),
  );
  return seen;
}

const keys = fc.uniqueArray(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 3 }), { maxLength: 30 });

describe('two sorted listings', () => {
  it('show every key once, and on which sides it is, in pages of any size', async () => {
    await fc.assert(
      fc.asyncProperty(keys, keys, fc.integer({ min: 1, max: 7 }), async (left, right, size) => {
        const all = [...new Set([...left, ...right])].toSorted(byBytes);
        const expected = all.map((key) => [key, left.includes(key), right.includes(key)]);
        expect(await merged(left.toSorted(byBytes), right.toSorted(byBytes), size)).toEqual(expected);
      }),
    );
  });

  it('F63 are refused at the first key that does not ascend', async () => {
    const { message } = (await merged(['a', 'c', 'b'], ['a'], 2).catch((error: Error) => error as Error)) as Error;
    expect(message).toContain('left is not in ascending byte order');
    await expect(merged(['a'], ['b', 'b'], 2)).rejects.toMatchObject({ name: 'RefusalError' });
  });
});

describe('a choice by chance', () => {
  const chosen = (size: number, of: number, seed: string) => {
    const sample = sampleOf<number>(size, seed);
    for (let item = 0; item < of; item += 1) sample.offer(item);
    return sample.chosen();
  };

  it('is of different ones, as many as were asked for, and the same for the same seed', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 0, max: 200 }), fc.string(), (size, of, seed) => {
        const items = chosen(size, of, seed);
        expect(new Set(items).size).toBe(Math.min(size, of));
        expect(chosen(size, of, seed)).toEqual(items);
      }),
    );
  });

  it('takes the last as often as the first', () => {
    const counts = Array.from({ length: 10 }, () => 0);
    for (let run = 0; run < 2_000; run += 1)
      for (const item of chosen(3, 10, `run ${run}`)) counts[item] = (counts[item] ?? 0) + 1;
    for (const count of counts) expect(Math.abs(count - 600)).toBeLessThan(100);
  });
});
