import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Estate, startEstate } from '../../../local/estate.ts';
import { call } from '../invocation.ts';
import { watchingRequests } from '../meanwhile.ts';
import { keysOff, plantDue, roomy, storedReports, targets } from './keys.ts';

let estate: Estate;
beforeAll(async () => {
  estate = await startEstate();
});
afterAll(() => estate?.stop());

const enforce = () => call(estate, { mode: 'enforce', edit: roomy });

describe('F17 evidence that cannot be stored', () => {
  const storing = (end: RegExp) => (request: { method: string; url: string }) => {
    if (request.method === 'PUT' && end.test(request.url))
      estate.aws.faults.deny('inactive-key-audit enforce', 's3:PutObject');
  };
  const enforceWithout = async (end: RegExp) => {
    try {
      return await watchingRequests(storing(end), enforce);
    } finally {
      estate.aws.faults.clear();
    }
  };
  /** The lease could not be given back either. */
  const afterTheLease = () => estate.aws.clock.advance(65_000);

  it.each([
    ['the plan', /plan\.jsonl/],
    ['the intent of one key', /\/keys\//],
  ])('stops before the first change where it is %s', async (_, end) => {
    const due = await plantDue(estate, { ada: 2 });
    expect((await enforceWithout(end)).verdict).toBe('failed');
    expect(await keysOff(estate)).toEqual([]);
    afterTheLease();
    expect(targets(await enforce(), 'done')).toEqual(due);
  });

  it('is a failure where it is the report, and the next run reports what that one did', async () => {
    const due = await plantDue(estate, { ada: 2 });
    const silent = await enforceWithout(/Z-[0-9a-f]+\.json/);
    expect(silent).toMatchObject({ verdict: 'failed', because: expect.stringContaining('until then: acted') });
    expect(await keysOff(estate)).toEqual(due);
    expect(storedReports(estate)).toEqual([]);
    afterTheLease();
    const next = await enforce();
    expect(targets(next, 'done')).toEqual(due);
    expect(next.outcomes[0]?.why).toContain('which ended before it could say so');
  });

  it('is a failure where it is the report only, whose lease is given back', async () => {
    const due = await plantDue(estate, { ada: 1 });
    const once = (request: { method: string; url: string }) => {
      if (request.method === 'PUT' && /Z-[0-9a-f]+\.json/.test(request.url))
        estate.aws.faults.fail('s3:PutObject', { code: 'AccessDenied', status: 403 }, 1);
    };
    expect((await watchingRequests(once, enforce)).verdict).toBe('failed');
    estate.aws.faults.clear();
    expect(targets(await enforce(), 'done')).toEqual(due);
  });
});
