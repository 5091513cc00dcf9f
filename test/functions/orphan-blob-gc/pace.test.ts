import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openPace } from '../../../functions/orphan-blob-gc/pace.ts';

const slept: number[] = [];
vi.mock('node:timers/promises', () => ({ setTimeout: async (ms: number) => void slept.push(ms) }));

let nowMs = 0;
beforeEach(() => {
  slept.length = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => nowMs);
});
afterEach(() => void vi.restoreAllMocks());

describe('the rate of requests', () => {
  it('is held by waiting before each, evenly, whoever asks at once', async () => {
    const pace = openPace(50);
    await Promise.all(Array.from({ length: 4 }, () => pace()));
    expect(slept).toEqual([20, 40, 60]);
  });

  it('is no debt: what was not asked for is not asked for later all at once', async () => {
    const pace = openPace(50);
    await pace();
    nowMs += 1_000;
    await Promise.all([pace(), pace()]);
    expect(slept).toEqual([20]);
  });
});
