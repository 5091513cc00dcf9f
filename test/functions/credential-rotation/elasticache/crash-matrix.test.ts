import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { type Estate, startEstate } from '../../../../local/estate.ts';
import { type StatementProxy, startProxy } from '../../../../local/postgres/proxy.ts';
import type { Redis } from '../../../../local/redis/server.ts';
import { call, labelled, rotate } from '../ground.ts';
import { type Matrix, nightMatrix, rotationMatrix } from '../matrix.ts';
import { describeWithRedis, type Ground, plantCache, startCache, TOKEN, USER } from './ground.ts';

const OVERLAP_MS = 25 * 3_600_000;

describeWithRedis.each([USER, TOKEN])('F14 F30 an $kind, killed at any call', (side) => {
  let estate: Estate;
  let redis: Redis;
  let proxy: StatementProxy;
  let cache: Ground;
  let of: Matrix;
  beforeAll(async () => {
    estate = await startEstate();
    redis = await startCache();
    // Nothing of this is SQL; what counts calls wants a database all the same.
    proxy = await startProxy({ server: estate.postgres });
    cache = await plantCache(estate, redis, side, { hosts: [redis.host], looksUntilApplied: 1 });
    const { rotated, secretArn, reset, logsIn } = cache;
    of = { estate, proxy, rotated, secretArn, reset, logsIn };
    // Hundreds of runs log three lines each.
    vi.spyOn(console, 'log').mockReturnValue();
  });
  afterAll(async () => {
    vi.restoreAllMocks();
    await proxy?.stop();
    await redis?.stop();
    await estate?.stop();
  });

  it('in a rotation: the old password works throughout, and after a rerun the new one is current', {
    timeout: 600_000,
  }, async () => {
    const alsoHolds = async () => expect(await cache.logsIn(cache.first)).toBe(true);
    const { calls, runs } = await rotationMatrix({ ...of, alsoHolds });
    process.stdout.write(`F14 crash matrix of a rotation of an ${side.kind}: ${calls} calls, ${runs} crashes\n`);
    expect(calls).toBeGreaterThan(40);
  });

  it('in a night that retires: the old password is dead in the end, and the current one never', {
    timeout: 600_000,
  }, async () => {
    const night = () => call(estate, cache.rotated);
    const current = () => labelled(estate.aws, cache.secretArn, 'AWSCURRENT') ?? {};
    const { calls, runs } = await nightMatrix(of, {
      setUp: async () => {
        await cache.reset();
        await rotate(estate, cache.rotated, { secretArn: cache.secretArn });
        makeOverlapBeOver(estate);
      },
      again: async () => {
        expect(['acted', 'clean']).toContain((await night()).verdict);
        expect((await night()).verdict).toBe('clean');
      },
      check: async () => {
        expect(await cache.logsIn(cache.first)).toBe(false);
        expect(await cache.logsIn(current())).toBe(true);
      },
    });
    process.stdout.write(`F14 crash matrix of a night that retires an ${side.kind}: ${calls} calls, ${runs} crashes\n`);
    expect(calls).toBeGreaterThan(20);
  });
});

/** In what is remembered of the switch, because a thread’s requests are signed by this machine’s clock. */
function makeOverlapBeOver({ aws }: Estate): void {
  const notes = aws.objects('alexander-evidence').find(({ key }) => key.endsWith('/notes.json'));
  if (notes === undefined) throw new Error('nothing was noted of the switch');
  const noted = JSON.parse(notes.body.toString());
  noted.switched.at = new Date(Date.now() - OVERLAP_MS).toISOString();
  aws.putObject('alexander-evidence', notes.key, JSON.stringify(noted));
}
