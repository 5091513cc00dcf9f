import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { handler } from '../../../functions/credential-rotation/all/handler.ts';
import { type Estate, startEstate } from '../../../local/estate.ts';
import { rotateUnderLoad, type UnderLoad } from '../../../local/rotation/under-load.ts';
import { call } from '../../functions/credential-rotation/ground.ts';

describe('programs that log in while every secret is rotated', () => {
  let estate: Estate;
  let load: UnderLoad;
  const verdicts: string[] = [];
  beforeAll(async () => {
    estate = await startEstate({ withRotation: true });
    const { settings } = estate.settingsOf('credential-rotation-all') as { settings: object };
    load = await rotateUnderLoad(estate, async () => {
      const report = await call(estate, { kind: 'all', handler, settings }, { event: { rotate: 'all' } });
      verdicts.push(report.verdict, ...report.outcomes.map(({ status }) => status));
    });
  });
  afterAll(() => estate?.stop());

  it('see both rotated', () => {
    expect(verdicts).toEqual(['acted', 'done', 'done']);
  });

  it('are never turned away where two users take turns', () => {
    expect(load.pair.turnedAway).toBe(0);
    expect(load.pair.connections).toBeGreaterThan(10);
  });

  it('are let in again, once they read the secret again, where there is one user', () => {
    expect(load.user.connections).toBeGreaterThan(10);
    process.stdout.write(`Nobody got in as the single user for ${load.user.longestGapMs.toFixed(0)} ms\n`);
  });
});
