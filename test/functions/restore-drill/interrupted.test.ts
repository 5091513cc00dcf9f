import { describe, expect, it } from 'vitest';
import { drill, namesOf, rdsChanges, SOURCE, stored, useGround } from './ground.ts';

const ground = useGround();

describe('F14 a sandbox that dies after a step and before its answer is saved', () => {
  it.each([
    'restore',
    'look into the copy',
  ])('makes nothing twice, and the same execution still removes the copy: %s', async (dyingInStep) => {
    const { status, report } = await drill(ground, { dyingInStep });
    expect([status, report?.verdict]).toEqual(['FAILED', 'failed']);
    expect(report?.because).toMatch(/interrupted/i);
    const changes = rdsChanges(ground);
    expect(changes.filter((operation) => operation.startsWith('Restore'))).toHaveLength(1);
    expect(changes.filter((operation) => operation === 'ModifyDBInstance').length).toBeLessThanOrEqual(1);
    expect(namesOf(ground)).toEqual([SOURCE]);
  });

  it('looks, deletes and sweeps again where that is what it was doing, and the drill goes on', async () => {
    for (const dyingInStep of ['choose what to restore', 'look at the copy 1', 'remove the copy 1']) {
      const { report } = await drill(ground, { dyingInStep });
      expect([dyingInStep, report?.verdict, report?.because]).toEqual([dyingInStep, 'clean', undefined]);
      expect(namesOf(ground)).toEqual([SOURCE]);
    }
  });

  it('and has taken the lease by then does nothing more; the lease runs out by itself', async () => {
    await drill(ground, { dyingInStep: 'take the lease' });
    const state = stored(ground.aws).find(({ key }) => key === 'state/restore-drill/run.json');
    expect(JSON.parse(state?.body.toString() ?? '{}').holder).toBeDefined();
    expect(rdsChanges(ground)).toEqual([]);
  });
});
