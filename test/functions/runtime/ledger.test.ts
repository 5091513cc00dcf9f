import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Entry, openLedger } from '../../../functions/runtime/ledger.ts';
import { compareBytes } from '../../../functions/runtime/order.ts';
import type { Store } from '../../../functions/runtime/store.ts';

/** A store whose one object comes in pieces of so many lines: where they are cut is S3's and zlib's choice, not ours. */
function storeOf(lines: string[], sizes: number[] = [1]): Store {
  async function* pieces() {
    for (let at = 0, turn = 0; at < lines.length; turn += 1) {
      const size = sizes[turn % sizes.length] ?? 1;
      yield lines.slice(at, at + size);
      at += size;
    }
  }
  return { openLines: async () => ({ etag: '"1"', lines: pieces() }) } as unknown as Store;
}

const target = fc.string({ unit: fc.constantFrom('a', 'b', 'é', '\uE000', '\u{1F600}'), maxLength: 3 });
const targets = fc.uniqueArray(target, { maxLength: 12 }).map((names) => names.sort(compareBytes));
const sizes = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 3 });

describe('the ledger', () => {
  it('gives each target what was known of it, and hands over each that is gone, once and in order', async () => {
    await fc.assert(
      fc.asyncProperty(targets, targets, sizes, async (known, now, pieces) => {
        const entries = known.map((name, rank): Entry => ({ target: name, rank }));
        const gone: string[] = [];
        const store = storeOf(
          entries.map((entry) => JSON.stringify(entry)),
          pieces,
        );
        const ledger = await openLedger(store, 'ledger', (entry) => gone.push(entry.target));
        const taken: (Entry | undefined)[] = [];
        for (const name of now) {
          while (ledger.behind(name)) await ledger.load();
          taken.push(ledger.take(name));
        }
        await ledger.finish();
        expect(taken).toEqual(now.map((name) => entries.find((entry) => entry.target === name)));
        expect(gone).toEqual(known.filter((name) => !now.includes(name)));
      }),
      { numRuns: 500 },
    );
  });

  it('F63 that does not ascend is refused by name', async () => {
    const store = storeOf(['{"target":"b","rank":1}', '{"target":"a","rank":1}'], [2]);
    const ledger = await openLedger(store, 'state/x/ledger.jsonl.gz', () => {});
    await expect(ledger.load()).rejects.toMatchObject({
      name: 'RefusalError',
      message: expect.stringContaining('The ledger state/x/ledger.jsonl.gz is not in ascending byte order'),
    });
  });

  it('with a line that is no entry is damaged, and says so by name', async () => {
    const ledger = await openLedger(storeOf(['{"target":"a","ra']), 'state/x/ledger.jsonl.gz', () => {});
    await expect(ledger.load()).rejects.toMatchObject({
      name: 'EvidenceError',
      message: expect.stringContaining('state/x/ledger.jsonl.gz'),
    });
  });
});
