import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Estate, startEstate } from '../../../../local/estate.ts';
import { type StatementProxy, startProxy } from '../../../../local/postgres/proxy.ts';
import type { CrashPoint } from '../../crash.ts';
import { call, rotate, stored } from '../ground.ts';
import { type Matrix, nightMatrix, rotationMatrix } from '../matrix.ts';
import { type AccessKey, hoursPass, keyRows, logsIn, plantAccessKey, reset } from './ground.ts';

describe('F14 F30 a key of the system’s own table, killed at any call', () => {
  let estate: Estate;
  let proxy: StatementProxy;
  let key: AccessKey;
  beforeAll(async () => {
    estate = await startEstate();
    proxy = await startProxy({ server: estate.postgres });
    key = await plantAccessKey(estate, proxy);
    // Hundreds of runs log three lines each.
    vi.spyOn(console, 'log').mockReturnValue();
  });
  afterAll(async () => {
    vi.restoreAllMocks();
    await key?.system.stop();
    await proxy?.stop();
    await estate?.stop();
  });

  const ground = (): Matrix => ({
    estate,
    proxy,
    rotated: key.rotated,
    secretArn: key.secretArn,
    reset: () => reset(estate, key),
    logsIn: (value) => logsIn(estate, key, value),
    alsoHolds: (_, point) => everyActiveKeyIsStored(point),
  });

  /** F42: nobody has the secret of a key that is in no version. */
  async function everyActiveKeyIsStored(point: CrashPoint): Promise<void> {
    const known = stored(estate.aws, key.secretArn).map(({ access_key }) => access_key);
    const active = (await keyRows(estate)).filter((row) => row.active).map(({ id }) => id);
    expect([point, known]).toEqual([point, expect.arrayContaining(active)]);
    expect([point, active.length]).toEqual([point, expect.toBeOneOf([1, 2])]);
  }

  it('leaves a stored key that logs in, and after a rerun the current one does', { timeout: 900_000 }, async () => {
    const { calls, runs } = await rotationMatrix(ground());
    process.stdout.write(`F14 crash matrix of a rotation of an access key: ${calls} calls, ${runs} crashes\n`);
    expect(calls).toBeGreaterThan(60);
  });

  it('F43 leaves the old key off, and known to be dead, after a rerun of the night', { timeout: 900_000 }, async () => {
    const { calls, runs } = await nightMatrix(ground(), {
      setUp: async () => {
        await reset(estate, key);
        await rotate(estate, key.rotated, { secretArn: key.secretArn });
        await hoursPass(estate, 25);
      },
      again: async () => {
        // Whoever looked whether a stored key logs in has used the old one.
        await hoursPass(estate, 25);
        const night = await call(estate, key.rotated);
        expect(['acted', 'clean']).toContain(night.verdict);
      },
      check: async () => {
        expect((await keyRows(estate)).filter(({ active }) => active)).toHaveLength(1);
        expect(await logsIn(estate, key, key.first)).toBe(false);
        expect(noted(estate)).toMatchObject({ retired: expect.any(String) });
      },
    });
    process.stdout.write(`F14 crash matrix of the end of an old access key: ${calls} calls, ${runs} crashes\n`);
    expect(calls).toBeGreaterThan(40);
  });
});

function noted(estate: Estate): unknown {
  const notes = estate.aws.objects('alexander-evidence').find(({ key }) => key.endsWith('/notes.json'));
  return JSON.parse(notes?.body.toString() ?? '{}');
}
