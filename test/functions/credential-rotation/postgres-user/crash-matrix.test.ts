import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Estate, startEstate } from '../../../../local/estate.ts';
import { type StatementProxy, startProxy } from '../../../../local/postgres/proxy.ts';
import { logsIn } from '../ground.ts';
import { rotationMatrix } from '../matrix.ts';
import { type PostgresUser, plantUser, reset } from './ground.ts';

describe('F14 F30 a rotation of a role’s password, killed at any call', () => {
  let estate: Estate;
  let proxy: StatementProxy;
  let user: PostgresUser;
  beforeAll(async () => {
    estate = await startEstate();
    proxy = await startProxy({ server: estate.postgres });
    user = await plantUser(estate, proxy);
    // Hundreds of runs log three lines each.
    vi.spyOn(console, 'log').mockReturnValue();
  });
  afterAll(async () => {
    vi.restoreAllMocks();
    await proxy?.stop();
    await estate?.stop();
  });

  it('leaves a stored version that logs in, and after a rerun the current one does', { timeout: 900_000 }, async () => {
    const { calls, runs } = await rotationMatrix({
      estate,
      proxy,
      rotated: user.rotated,
      secretArn: user.secretArn,
      reset: () => reset(estate, user),
      logsIn: (value) => logsIn(estate, value),
    });
    process.stdout.write(`F14 crash matrix of a rotation of a role’s password: ${calls} calls, ${runs} crashes\n`);
    expect(calls).toBeGreaterThan(40);
  });
});
