import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { hashOf } from '../../../local/blobs/schema.ts';
import { BUCKET } from './ground.ts';
import { between, everyTwo, moments, type Stage } from './interleaving.ts';
import { again, key, ONE_SHARD, plantOrphans, readable, refer, rows, sweep, useSweeping } from './sweeping.ts';

const ground = useSweeping();
const CONTENT = 'wanted again';
const BLOB = { content: CONTENT, rowHours: 0 };

// Hundreds of runs log three lines each.
beforeAll(() => void vi.spyOn(console, 'log').mockReturnValue());
afterAll(() => void vi.restoreAllMocks());

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

const STAGE: Stage = {
  ground,
  content: CONTENT,
  prepare: async () => {
    await again(ground);
    await plantOrphans(ground, { orphans: [CONTENT] }, ONE);
  },
  sweep: () => sweep(ground, ONE),
};

describe('F51 in every interleaving', () => {
  it('a writer that keeps its promise finds its blob, at once and for ever', { timeout: 300_000 }, async () => {
    const writer = { first: () => refer(ground, CONTENT), second: uploadIfGone };
    const tried = await everyTwo(STAGE, writer, async (at) => {
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
    const tried = await everyTwo(STAGE, writer, async (at) => {
      expect([at, isThere(), await hasRow()]).toEqual([at, true, true]);
    });
    process.stdout.write(`F51 a writer that uploads again: ${tried} interleavings\n`);
    expect(tried).toBeGreaterThan(60);
  });

  it('a writer that does not look again has its blob back with the next sweep', { timeout: 300_000 }, async () => {
    const points = await moments(STAGE);
    for (const at of points) {
      await between(STAGE, { first: () => refer(ground, CONTENT), second: async () => {} }, [at]);
      await sweep(ground, ONE);
      expect([at, isThere(), await hasRow()]).toEqual([at, true, true]);
    }
  });
});
