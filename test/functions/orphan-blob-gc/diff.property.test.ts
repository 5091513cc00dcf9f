import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Listed } from '../../../functions/object-store/listing.ts';
import { Settings } from '../../../functions/orphan-blob-gc/contract.ts';
import type { RowFacts } from '../../../functions/orphan-blob-gc/decide.ts';
import { diff, openSides } from '../../../functions/orphan-blob-gc/diff.ts';
import { rangeOf, shardOf } from '../../../functions/orphan-blob-gc/shards.ts';
import { templateOf } from '../../../functions/orphan-blob-gc/template.ts';
import { compareBytes } from '../../../functions/runtime/order.ts';

const DIGITS = 16;
const TEMPLATES = [
  { prefix: '', key: '{hash:0:2}/{hash:2:4}/{hash}' },
  { prefix: 'blobs/', key: '{hash}' },
  { prefix: '', key: 'x{hash:0:1}/{hash:1:2}/{hash}.blob' },
];
const mapped = (template: { prefix: string; key: string }) =>
  templateOf({ ...template, blobs: { schema: 's', table: 't', hash: 'h', hashDigits: DIGITS, createdAt: 'c' } });

/** Few digits, so that rows and objects often meet, at both ends of the ranges too. */
const digit = fc.constantFrom('0', '1', '9', 'a', 'e', 'f');
const hash = fc.array(digit, { minLength: 3, maxLength: 3 }).map((digits) => digits.join('').padEnd(DIGITS, '0'));
const hashes = fc.uniqueArray(hash, { maxLength: 60 });
const strangers = fc.uniqueArray(
  fc.string({ unit: 'binary', minLength: 1, maxLength: 6 }).filter((text) => text.isWellFormed()),
  { maxLength: 10 },
);

const rowOf = (of: string): RowFacts => ({ hash: of, isRow: true, references: 1, bytes: 1, createdAt: 1, refCount: 1 });
const listed = (key: string): Listed => ({ key, bytes: 1, etag: 'e', lastModified: 1, storageClass: 'STANDARD' });

async function* inPieces<Item>(items: Item[], size: number): AsyncGenerator<Item[]> {
  for (let at = 0; at < items.length; at += size) yield items.slice(at, at + size);
}

describe('the merge of rows and objects', () => {
  it('F63 visits each hash once, in order, with what there is of it, whatever the pieces and the shards', async () => {
    const sizes = fc.integer({ min: 1, max: 20 });
    const shardCounts = fc.constantFrom(1, 16, 256);
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...TEMPLATES),
        hashes,
        hashes,
        strangers,
        sizes,
        sizes,
        shardCounts,
        async (of, rows, objects, others, a, b, shards) => {
          const template = mapped(of);
          const keys = [...objects.map(template.keyOf), ...others].sort(compareBytes);
          const sides = openSides({
            rows: inPieces(rows.toSorted().map(rowOf), a),
            pages: inPieces(keys.map(listed), b),
          });
          const seen: [string, boolean, boolean, number][] = [];
          const strange: string[] = [];
          for (let shard = 0; shard < shards; shard += 1) {
            const visitor = {
              blob: (row: RowFacts | undefined, object: Listed | undefined) => {
                const own = row?.hash ?? template.hashOf(object?.key ?? '') ?? '';
                seen.push([own, row !== undefined, object !== undefined, shard]);
              },
              stranger: ({ key }: Listed) => void strange.push(key),
              pause: async () => {},
            };
            await diff(sides, rangeOf(shard, shards), { template, visitor });
          }
          const all = [...new Set([...rows, ...objects])].toSorted();
          expect(seen).toEqual(
            all.map((one) => [one, rows.includes(one), objects.includes(one), shardOf(one, shards)]),
          );
          expect(strange).toEqual(others.toSorted(compareBytes));
        },
      ),
      { numRuns: 300 },
    );
  });

  it.each(['rows', 'objects'] as const)('F63 is refused at the first of the %s that does not ascend', async (side) => {
    const template = mapped({ prefix: '', key: '{hash}' });
    const sorted = ['1', '2', '3', '4'].map((first) => first.padEnd(DIGITS, '0'));
    const unsorted = [sorted[0], sorted[2], sorted[1], sorted[3]] as string[];
    const twice = [sorted[0], sorted[1], sorted[1], sorted[3]] as string[];
    for (const wrong of [unsorted, twice]) {
      const given = { rows: sorted, objects: sorted, [side]: wrong };
      const visited: string[] = [];
      const sides = openSides({
        rows: inPieces(given.rows.map(rowOf), 2),
        pages: inPieces(given.objects.map(listed), 2),
      });
      const visitor = {
        blob: (row?: RowFacts) => void visited.push(row?.hash ?? ''),
        stranger: () => {},
        pause: async () => {},
      };
      const merging = diff(sides, { after: '', upTo: undefined }, { template, visitor });
      await expect(merging).rejects.toMatchObject({
        name: 'RefusalError',
        message: expect.stringContaining('ascending'),
      });
      expect(visited).not.toContain(sorted[3]);
    }
  });

  it('is refused where something sorts after every hash, instead of passing over it', async () => {
    const template = mapped({ prefix: '', key: '{hash}' });
    for (const odd of ['\uffff', '\u{10ffff}', 'zzz']) {
      const sides = openSides({ rows: inPieces([rowOf(odd)], 1), pages: inPieces([], 1) });
      const visited: string[] = [];
      const visitor = {
        blob: (row?: RowFacts) => void visited.push(row?.hash ?? ''),
        stranger: () => {},
        pause: async () => {},
      };
      const merged = await diff(sides, { after: '', upTo: undefined }, { template, visitor }).catch(
        (error: Error) => error.name,
      );
      expect(visited.includes(odd) || merged === 'RefusalError').toBe(true);
    }
  });
});

describe('F53 a template', () => {
  it('knows its own keys and no others', () => {
    const near = fc.tuple(hash, fc.nat(40), fc.constantFrom('/', 'A', 'g', '%2F', '', '0'));
    for (const of of TEMPLATES) {
      const { keyOf, hashOf } = mapped(of);
      fc.assert(
        fc.property(near, ([own, at, change]) => {
          const key = keyOf(own);
          expect(hashOf(key)).toBe(own);
          const other = key.slice(0, at) + change + key.slice(at + 1);
          const found = hashOf(other);
          if (found !== undefined) expect([keyOf(found), /^[0-9a-f]{16}$/.test(found)]).toEqual([other, true]);
        }),
      );
    }
  });

  it.each([
    '{hash:2:4}/{hash}',
    '{hash:0:2}/{hash:3:4}/{hash}',
    '{hash:0:2}/{hash:0:4}/{hash}',
    '{hash:0:0}/{hash}',
    '{hash:0:2}',
    '{hash}/{hash}',
    '{hash',
    '{name}',
    'blobs',
    'a b/{hash}',
  ])('is refused by the contract where keys would not sort as hashes do, or are none: %s', (key) => {
    expect(Settings.shape.key.safeParse(key).success).toBe(false);
  });
});
