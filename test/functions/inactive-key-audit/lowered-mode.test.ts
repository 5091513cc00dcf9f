import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Estate, startEstate } from '../../../local/estate.ts';
import { call } from '../invocation.ts';
import { keysOff, plantDue, roomy, targets } from './keys.ts';

let estate: Estate;
beforeAll(async () => {
  estate = await startEstate();
});
afterAll(() => estate.stop());

const enforce = () => call(estate, { mode: 'enforce', edit: roomy });

/** Which call of a run that turns one key off is the last word about that key. */
async function callThatSaysDone(): Promise<number> {
  await plantDue(estate, { ada: 1 });
  const before = estate.aws.requests().length;
  await enforce();
  const isRecord = ({ operation, resource }: { operation: string; resource: string }) =>
    operation === 'PutObject' && resource.includes('/state/inactive-key-audit/keys/');
  return estate.aws.requests().slice(before).findLastIndex(isRecord) + 1;
}

describe('a mode that was lowered because a run died', () => {
  it('F14 does not keep the next run from saying what the dead one did', async () => {
    const done = await callThatSaysDone();
    const [key = ''] = await plantDue(estate, { ada: 1 });
    estate.aws.faults.clear();
    estate.aws.faults.crash({ call: done, when: 'before' });
    await enforce().catch(() => {});
    estate.aws.faults.clear();
    estate.aws.clock.advance(3_600_000);

    const told = await call(estate, { mode: 'report', edit: roomy });
    expect(told.mode).toBe('report');
    expect(targets(told, 'done')).toEqual([key]);
    expect(await keysOff(estate)).toEqual([key]);
  });
});
