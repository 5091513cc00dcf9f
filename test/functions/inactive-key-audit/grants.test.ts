import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { documentedGrants } from '../../../local/alexander/roles.ts';
import { type Estate, startEstate } from '../../../local/estate.ts';
import { singleGrants } from '../grants.ts';
import { call } from '../invocation.ts';
import { asOwner } from '../time.ts';
import { keysOff, plantDue, roomy, targets } from './keys.ts';

let estate: Estate;
let due: string[];
beforeAll(async () => {
  estate = await startEstate();
  due = await plantDue(estate, { ada: 1 });
});
afterAll(() => estate?.stop());

const enforce = (event: object = {}) => call(estate, { mode: 'enforce', edit: roomy, event });

describe('the GRANTs of the README', () => {
  it('are enough to look, to turn a key off, and to turn it on again', async () => {
    expect(targets(await enforce(), 'done')).toEqual(due);
    expect(await keysOff(estate)).toEqual(due);
    expect(targets(await enforce({ restore: due }), 'done')).toEqual(due);
    expect(await keysOff(estate)).toEqual([]);
  });

  it('are known one by one', () => {
    const grants = singleGrants(documentedGrants('word'));
    expect(grants).toContainEqual({ privilege: 'SELECT (xmin)', of: 'access_keys', to: 'nightshift_actor' });
    expect(grants).toContainEqual({ privilege: 'UPDATE (status)', of: 'access_keys', to: 'nightshift_actor' });
    expect(grants.length).toBeGreaterThan(15);
  });
});

// A privilege that nobody would miss is one too many, so each must be missed.
describe.each(singleGrants(documentedGrants('word')))('without $privilege on $of for $to', ({ privilege, of, to }) => {
  afterEach(async () => {
    await asOwner(estate, `GRANT ${privilege} ON ${of} TO ${to}`);
  });

  it('the audit, or the way back, is refused, says what is missing, and changes nothing', async () => {
    await plantDue(estate, { ada: 1 });
    await asOwner(estate, `REVOKE ${privilege} ON ${of} FROM ${to}`);
    const audit = await enforce();
    const report = audit.verdict === 'acted' ? await enforce({ restore: due }) : audit;
    expect(report.verdict).toBe('refused');
    expect(report.because).toMatch(/permission denied for (table|schema|database|relation) /);
    expect(report.because).toContain('the GRANTs that this runbook needs are in its README');
    expect(targets(report, 'done')).toEqual([]);
    expect(await keysOff(estate)).toEqual(targets(audit, 'done'));
  });
});
