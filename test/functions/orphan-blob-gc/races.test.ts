import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { hashOf } from '../../../local/blobs/schema.ts';
import { BUCKET } from './ground.ts';
import { again, key, ONE_SHARD, plantOrphans, readable, refer, rows, sweep, useSweeping } from './sweeping.ts';

const ground = useSweeping();
const CONTENT = 'wanted again';
const BLOB = { content: CONTENT, rowHours: 0 };

// Hundreds of runs log three lines each.
beforeAll(() => void vi.spyOn(console, 'log').mockReturnValue());
afterAll(() => void vi.restoreAllMocks());

type Point = { call: number; when: 'before' | 'after' };
type Writer = { first: () => Promise<unknown>; second: () => Promise<unknown> };

const ONE = { edit: ONE_SHARD };
const isThere = () => readable(ground).includes(CONTENT);
const hasRow = async () => (await rows(ground)).some((row) => row.includes(hashOf(CONTENT)));
const upload = async () => ground.aws.putObject(BUCKET, key(CONTENT), CONTENT);
const insertRow = async () => {
  if (!(await hasRow())) await ground.plant([BLOB]);
};
const uploadIfGone = async () => {
  if (!isThere()) await upload();
};

/** The moments of a sweep from its look at the orphan to its last word about it: before and after each request. */
async function moments(): Promise<Point[]> {
  await again(ground);
  await plantOrphans(ground, { orphans: [CONTENT] }, ONE);
  const before = ground.aws.requests().length;
  ground.aws.faults.clear();
  await sweep(ground, ONE);
  const requests = ground.aws.requests().slice(before);
  const first = requests.findIndex(
    ({ operation, resource }) => operation === 'HeadObject' && resource.endsWith(key(CONTENT)),
  );
  const last = requests.findLastIndex(({ resource }) => resource.endsWith('/taken.json'));
  expect(last - first).toBeGreaterThan(5);
  const calls = Array.from({ length: last - first + 1 }, (_, index) => first + index + 1);
  return calls.flatMap((call) => [
    { call, when: 'before' as const },
    { call, when: 'after' as const },
  ]);
}

/** One sweep, with the two steps of a writer at these moments. */
async function between(writer: Writer, first: Point, second?: Point): Promise<void> {
  await again(ground);
  await plantOrphans(ground, { orphans: [CONTENT] }, ONE);
  const { faults } = ground.aws;
  faults.clear();
  faults.hold(first, async () => void (await writer.first()));
  if (second) faults.hold(second, async () => void (await writer.second()));
  const report = await sweep(ground, ONE);
  expect(report.verdict).toMatch(/^(acted|clean)$/);
  faults.clear();
}

async function everyTwo(writer: Writer, check: (at: [Point, Point]) => Promise<void>): Promise<number> {
  const points = await moments();
  let tried = 0;
  for (const [index, first] of points.entries()) {
    for (const second of points.slice(index)) {
      await between(writer, first, second);
      await check([first, second]);
      tried += 1;
    }
  }
  return tried;
}

describe('F51 in every interleaving', () => {
  it('a writer that keeps its promise finds its blob, at once and for ever', { timeout: 300_000 }, async () => {
    const writer = { first: () => refer(ground, CONTENT), second: uploadIfGone };
    const tried = await everyTwo(writer, async (at) => {
      expect([at, isThere()]).toEqual([at, true]);
      await sweep(ground, ONE);
      expect([at, isThere(), await hasRow()]).toEqual([at, true, true]);
    });
    process.stdout.write(`F51 a writer that looks again: ${tried} interleavings\n`);
    expect(tried).toBeGreaterThan(60);
  });

  it('a writer that uploads the blob anew, and only then says so in the database, finds it', {
    timeout: 300_000,
  }, async () => {
    const writer = {
      first: upload,
      second: async () => {
        await insertRow();
        await refer(ground, CONTENT);
      },
    };
    const tried = await everyTwo(writer, async (at) => {
      expect([at, isThere(), await hasRow()]).toEqual([at, true, true]);
    });
    process.stdout.write(`F51 a writer that uploads again: ${tried} interleavings\n`);
    expect(tried).toBeGreaterThan(60);
  });

  it('a writer that does not look again has its blob back with the next sweep', { timeout: 300_000 }, async () => {
    const points = await moments();
    for (const at of points) {
      await between({ first: () => refer(ground, CONTENT), second: async () => {} }, at);
      await sweep(ground, ONE);
      expect([at, isThere(), await hasRow()]).toEqual([at, true, true]);
    }
  });
});
