import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { hashOf } from '../../../local/blobs/schema.ts';
import { againCopying, COPYING, living, PLAIN, plantCopies, useCopying } from './copying.ts';
import { between, moments, type Point, type Stage } from './interleaving.ts';
import { key, refer, rows, sweep } from './sweeping.ts';

const ground = useCopying();
const CONTENT = 'wanted again';

// Hundreds of runs log three lines each.
beforeAll(() => void vi.spyOn(console, 'log').mockReturnValue());
afterAll(() => void vi.restoreAllMocks());

const STAGE: Stage = {
  ground,
  content: CONTENT,
  prepare: async () => {
    await againCopying(ground);
    await plantCopies(ground, { orphans: [CONTENT] });
  },
  sweep: () => sweep(ground, COPYING),
};

const isThere = () => living(ground).includes(CONTENT);
const hasRow = async () => (await rows(ground)).some((row) => row.includes(hashOf(CONTENT)));
const upload = async () => ground.aws.putObject(PLAIN, key(CONTENT), CONTENT);
const uploadIfGone = async () => {
  if (!isThere()) await upload();
};
const commit = async () => {
  if (!(await hasRow())) await ground.plant([{ content: CONTENT, rowHours: 0 }]);
  await refer(ground, CONTENT);
};

/** The moment itself, the next ones, and some far away. */
const LATER = [0, 2, 5];

async function everyFew(
  writer: { first: () => Promise<unknown>; second: () => Promise<unknown> },
  check: (at: Point[]) => Promise<void>,
) {
  const points = await moments(STAGE);
  let tried = 0;
  for (const [index, first] of points.entries()) {
    for (const second of LATER.flatMap((later) => points[index + later] ?? [])) {
      await between(STAGE, writer, [first, second]);
      await check([first, second]);
      tried += 1;
    }
  }
  return tried;
}

describe('F51 in a bucket without versions', () => {
  it('a writer that looks again after its commit finds its blob at once, whether it had uploaded it or not', {
    timeout: 600_000,
  }, async () => {
    const writers = [
      { first: () => refer(ground, CONTENT), second: uploadIfGone },
      {
        first: upload,
        second: async () => {
          await commit();
          await uploadIfGone();
        },
      },
    ];
    for (const writer of writers) {
      const tried = await everyFew(writer, async (at) => {
        expect([at, isThere()]).toEqual([at, true]);
        await sweep(ground, COPYING);
        expect([at, isThere(), await hasRow()]).toEqual([at, true, true]);
      });
      process.stdout.write(`F51 copies, a writer that looks again: ${tried} interleavings\n`);
      expect(tried).toBeGreaterThan(40);
    }
  });

  it('a writer that uploads the same bytes, commits later and does not look again has its blob back with the next sweep', {
    timeout: 300_000,
  }, async () => {
    let gone = 0;
    for (const at of await moments(STAGE)) {
      await between(STAGE, { first: upload, second: async () => {} }, [at]);
      await commit();
      if (!isThere()) gone += 1;
      await sweep(ground, COPYING);
      expect([at, isThere(), await hasRow()]).toEqual([at, true, true]);
    }
    // Only between the last look and the removal can it go unseen: two moments of each.
    expect(gone).toBeGreaterThan(0);
    expect(gone).toBeLessThanOrEqual(4);
  });
});
