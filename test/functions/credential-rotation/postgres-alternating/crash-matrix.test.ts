import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Estate, startEstate } from '../../../../local/estate.ts';
import { type StatementProxy, startProxy } from '../../../../local/postgres/proxy.ts';
import { call, endOverlap, labelled, logsIn, rotate } from '../ground.ts';
import { type Matrix, nightMatrix, rotationMatrix } from '../matrix.ts';
import { type Pair, plantPair, reset } from './ground.ts';

describe('F14 F30 two users in turn, killed at any call', () => {
  let estate: Estate;
  let proxy: StatementProxy;
  let pair: Pair;
  let of: Matrix;
  beforeAll(async () => {
    estate = await startEstate();
    proxy = await startProxy({ server: estate.postgres });
    pair = await plantPair(estate, proxy);
    const { rotated, secretArn } = pair;
    const asked = (value: Record<string, string>) => logsIn(estate, value);
    of = { estate, proxy, rotated, secretArn, reset: () => reset(estate, pair), logsIn: asked };
    // Hundreds of runs log three lines each.
    vi.spyOn(console, 'log').mockReturnValue();
  });
  afterAll(async () => {
    vi.restoreAllMocks();
    await proxy?.stop();
    await estate?.stop();
  });

  it('in a rotation: everybody’s login works throughout, and after a rerun the other user is the current one', {
    timeout: 900_000,
  }, async () => {
    // Whatever happens, the user that everybody has is left alone.
    const alsoHolds = async () => expect(await logsIn(estate, pair.first)).toBe(true);
    const { calls, runs } = await rotationMatrix({ ...of, alsoHolds });
    process.stdout.write(`F14 crash matrix of a rotation of two users in turn: ${calls} calls, ${runs} crashes\n`);
    expect(calls).toBeGreaterThan(50);
  });

  it('in a night that retires: the old user is dead in the end, and the current one never', {
    timeout: 900_000,
  }, async () => {
    const night = () => call(estate, pair.rotated);
    const { calls, runs } = await nightMatrix(of, {
      setUp: async () => {
        await reset(estate, pair);
        await rotate(estate, pair.rotated, { secretArn: pair.secretArn });
        // Half of the overlap would do for the store’s clock; what matters is that it is over.
        endOverlap(estate.aws);
      },
      again: async () => {
        expect(['acted', 'clean']).toContain((await night()).verdict);
        expect((await night()).verdict).toBe('clean');
      },
      check: async () => {
        expect(await logsIn(estate, pair.first)).toBe(false);
        expect(await logsIn(estate, labelled(estate.aws, pair.secretArn, 'AWSCURRENT') ?? {})).toBe(true);
      },
    });
    process.stdout.write(`F14 crash matrix of a night that retires a user: ${calls} calls, ${runs} crashes\n`);
    expect(calls).toBeGreaterThan(30);
  });
});
