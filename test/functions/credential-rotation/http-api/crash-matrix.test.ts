import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { endOverlap, rotate } from '../ground.ts';
import { type Matrix, nightMatrix, rotationMatrix } from '../matrix.ts';
import { type Ground, night, startGround, strays } from './ground.ts';

describe('F14 F30 F42 a credential that an HTTP API makes, with the run killed at any call', () => {
  let ground: Ground;
  let matrix: Matrix;
  beforeAll(async () => {
    ground = await startGround();
    const { estate, akamai, rotated, secretArn } = ground;
    matrix = {
      estate,
      proxy: akamai,
      rotated,
      secretArn,
      reset: async () => ground.reset(),
      logsIn: async (value) => akamai.letsIn(value),
      alsoHolds: async (when, point) => {
        const active = akamai.client.credentials.filter(({ status }) => status === 'ACTIVE');
        expect([point, active.length]).toEqual([point, Math.min(active.length, 2)]);
        if (when === 'rerun') expect([point, strays(ground)]).toEqual([point, []]);
      },
    };
    // Hundreds of runs log three lines each.
    vi.spyOn(console, 'log').mockReturnValue();
  });
  afterAll(async () => {
    vi.restoreAllMocks();
    await ground?.stop();
  });

  it('leaves a stored version that works, and after a rerun the current one, with none that nobody stored', {
    timeout: 400_000,
  }, async () => {
    const { calls, runs } = await rotationMatrix(matrix);
    const http = ground.akamai.count();
    process.stdout.write(
      `F14 crash matrix of a rotation through an HTTP API: ${calls} calls, ${runs} crashes, ${http} requests in all\n`,
    );
    expect(calls).toBeGreaterThan(40);
  });

  it('leaves the current one alone while the old one is retired', { timeout: 400_000 }, async () => {
    const { akamai, estate, secretArn, rotated } = ground;
    const { calls, runs } = await nightMatrix(matrix, {
      setUp: async () => {
        ground.reset();
        const reports = await rotate(estate, rotated, { secretArn });
        expect(reports.map(({ threw }) => threw)).toEqual([false, false, false, false]);
        endOverlap(estate.aws);
      },
      again: async () => {
        expect(['acted', 'clean']).toContain((await night(ground)).verdict);
        expect((await night(ground)).verdict).toBe('clean');
      },
      check: async () => expect(akamai.client.credentials.map(({ status }) => status)).toEqual(['INACTIVE', 'ACTIVE']),
    });
    process.stdout.write(`F14 crash matrix of a retirement through an HTTP API: ${calls} calls, ${runs} crashes\n`);
    expect(calls).toBeGreaterThan(20);
  });
});
