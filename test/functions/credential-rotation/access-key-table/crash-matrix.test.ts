import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Estate, startEstate } from '../../../../local/estate.ts';
import { type StatementProxy, startProxy } from '../../../../local/postgres/proxy.ts';
import type { CrashPoint } from '../../crash.ts';
import { call, rotate, stored } from '../ground.ts';
import { type Matrix, nightMatrix, rotationMatrix } from '../matrix.ts';
import { type AccessKey, hoursPass, keyRows, logsIn, plant, plantAccessKey, reset } from './ground.ts';

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

  /** Rotates once. @returns what brings that back, with the overlap over */
  async function rotatedADayAgo(): Promise<() => Promise<void>> {
    const { aws } = estate;
    await reset(estate, key);
    await rotate(estate, key.rotated, { secretArn: key.secretArn });
    await hoursPass(estate, 25);
    const [current] = aws.secretVersions(key.secretArn);
    const noted = notesOf(estate);
    return async () => {
      await reset(estate, key);
      const from = aws.secretVersions(key.secretArn)[0]?.id;
      aws.fillVersion(key.secretArn, { id: current?.id ?? '', value: current?.value ?? '', stages: ['AWSCURRENT'] });
      await plant(estate, key.planted, JSON.parse(current?.value ?? ''));
      const notes = JSON.parse(noted.body.toString());
      aws.putObject(EVIDENCE, noted.key, JSON.stringify({ ...notes, switched: { ...notes.switched, from } }));
    };
  }

  it('leaves a stored key that logs in, and after a rerun the current one does', { timeout: 900_000 }, async () => {
    const { calls, runs } = await rotationMatrix(ground());
    process.stdout.write(`F14 crash matrix of a rotation of an access key: ${calls} calls, ${runs} crashes\n`);
    expect(calls).toBeGreaterThan(60);
  });

  it('F43 leaves the old key off, and known to be dead, after a rerun of the night', { timeout: 900_000 }, async () => {
    const { calls, runs } = await nightMatrix(ground(), {
      setUp: await rotatedADayAgo(),
      again: async () => {
        // Whoever looked whether a stored key logs in has used the old one.
        await hoursPass(estate, 25);
        const night = await call(estate, key.rotated);
        expect(['acted', 'clean']).toContain(night.verdict);
      },
      check: async () => {
        expect((await keyRows(estate)).filter(({ active }) => active)).toHaveLength(1);
        expect(await logsIn(estate, key, key.first)).toBe(false);
        expect(JSON.parse(notesOf(estate).body.toString())).toMatchObject({ retired: expect.any(String) });
      },
    });
    process.stdout.write(`F14 crash matrix of the end of an old access key: ${calls} calls, ${runs} crashes\n`);
    expect(calls).toBeGreaterThan(40);
  });
});

const EVIDENCE = 'alexander-evidence';

function notesOf(estate: Estate) {
  const notes = estate.aws.objects(EVIDENCE).find(({ key }) => key.endsWith('/notes.json'));
  if (notes === undefined) throw new Error('no rotation has left notes');
  return notes;
}
