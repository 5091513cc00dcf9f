import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Estate, startEstate } from '../../../local/estate.ts';
import { call } from '../invocation.ts';
import { meanwhile } from '../meanwhile.ts';
import { asOwner } from '../time.ts';
import { keyId, keysOff, plantDue, roomy, targets } from './keys.ts';

let estate: Estate;
beforeAll(async () => {
  estate = await startEstate();
});
afterAll(() => estate?.stop());

const enforce = () => call(estate, { mode: 'enforce', edit: roomy });
const busy = keyId('busyada');

/** Runs an audit that plans to turn keys off, and changes a row after it was looked at and before it is acted upon. */
const enforceWhile = (sql: string, id: string) => meanwhile(estate, { sql, values: [id] }, enforce);

describe('between the look and the act', () => {
  it('F91 a key that was used is left on, and the others are turned off', async () => {
    const [first = '', second = ''] = await plantDue(estate, { ada: 2 });
    const report = await enforceWhile('UPDATE access_keys SET last_used_at = now() WHERE access_key_id = $1', first);
    expect(report.outcomes).toMatchObject([
      { target: first, status: 'skipped', error: 'it was used or changed since it was looked at' },
      { target: second, status: 'done' },
    ]);
    expect(await keysOff(estate)).toEqual([second]);
  });

  it('F91 a key that was used for the first time is left on', async () => {
    const [first = ''] = await plantDue(estate, { ada: 1 });
    await asOwner(estate, 'UPDATE access_keys SET last_used_at = NULL WHERE access_key_id = $1', [first]);
    const report = await enforceWhile('UPDATE access_keys SET last_used_at = now() WHERE access_key_id = $1', first);
    expect(targets(report, 'skipped')).toEqual([first]);
    expect(await keysOff(estate)).toEqual([]);
  });

  it('a key that a person turned off is theirs: skipped, without a record that would let us restore it', async () => {
    const [first = ''] = await plantDue(estate, { ada: 1 });
    const report = await enforceWhile(`UPDATE access_keys SET status = 'Inactive' WHERE access_key_id = $1`, first);
    expect(targets(report, 'skipped')).toEqual([first]);
    const restored = await call(estate, { mode: 'enforce', event: { restore: [first] } });
    expect(restored).toMatchObject({ verdict: 'skipped', outcomes: [{ status: 'skipped' }] });
    expect(await keysOff(estate)).toEqual([first]);
  });

  it('a key that went to another owner is left on', async () => {
    const [first = ''] = await plantDue(estate, { ada: 1, grace: 0 });
    const sql = `UPDATE access_keys SET user_id = (SELECT id FROM users WHERE username = 'grace') WHERE access_key_id = $1`;
    expect(targets(await enforceWhile(sql, first), 'skipped')).toEqual([first]);
    expect(await keysOff(estate)).toEqual([]);
  });

  it('F92 the last active key of an owner is left on when somebody turns the other one off at that moment', async () => {
    const [first = ''] = await plantDue(estate, { ada: 1 });
    const report = await enforceWhile(`UPDATE access_keys SET status = 'Inactive' WHERE access_key_id = $1`, busy);
    expect(targets(report, 'skipped')).toEqual([first]);
    expect(await keysOff(estate)).toEqual([busy]);
  });

  it('F92 the last active key of an owner is left on when the other one is deleted at that moment', async () => {
    const [first = ''] = await plantDue(estate, { ada: 1 });
    const report = await enforceWhile('DELETE FROM access_keys WHERE access_key_id = $1', busy);
    expect(targets(report, 'skipped')).toEqual([first]);
    expect(await keysOff(estate)).toEqual([]);
  });

  it('the other active key stays locked until the first is off, so that nobody ends up with none', async () => {
    const [first = ''] = await plantDue(estate, { ada: 1 });
    // Another session that follows the same rule, at the same time, the other way round.
    const rule = `UPDATE access_keys k SET status = 'Inactive' WHERE access_key_id = $1 AND EXISTS (
      SELECT FROM access_keys o WHERE o.user_id = k.user_id AND o.access_key_id <> $1 AND o.status = 'Active' FOR UPDATE)`;
    await Promise.allSettled([enforce(), asOwner(estate, rule, [busy])]);
    expect(await keysOff(estate)).toHaveLength(1);
    expect([[first], [busy]]).toContainEqual(await keysOff(estate));
  });
});

describe('a row that somebody keeps locked for too long', () => {
  const CANCEL = `SELECT pg_cancel_backend(pid) FROM pg_stat_activity
    WHERE wait_event_type = 'Lock' AND application_name LIKE 'nightshift %'`;

  it('ends the run, which says what it had done by then; the next one does the rest', async () => {
    const due = await plantDue(estate, { ada: 3 });
    const sql = 'UPDATE access_keys SET description = NULL WHERE access_key_id = $1';
    // What PostgreSQL does itself when the lock or the statement takes too long.
    const stuck = await meanwhile(estate, { sql, values: [due[1]], next: CANCEL }, enforce);
    expect(stuck).toMatchObject({ verdict: 'failed', because: expect.stringContaining('57014') });
    expect(stuck.outcomes.map(({ status }) => status)).toEqual(['done', 'failed', 'skipped']);
    expect(await keysOff(estate)).toEqual(due.slice(0, 1));
    expect(targets(await enforce(), 'done')).toEqual(due.slice(1));
    expect(await keysOff(estate)).toEqual(due);
  });
});
