import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Estate, startEstate } from '../../../local/estate.ts';
import { call } from '../invocation.ts';
import { asOwner, passDays } from '../time.ts';
import { bucketOf, keyId, keysOff, plantDue, roomy, setStatus, targets, warn } from './keys.ts';

const HALT = '/nightshift/alexander/halt';

let estate: Estate;
let due: string[];
beforeAll(async () => {
  estate = await startEstate();
});
afterAll(() => estate?.stop());

/** Two keys of one owner, turned off by an audit. */
beforeEach(async () => {
  due = await plantDue(estate, { ada: 2 });
  expect(targets(await enforce(), 'done')).toEqual(due);
});

const enforce = () => call(estate, { mode: 'enforce', edit: roomy });
const restore = (keyIds: string[], mode?: 'report') =>
  call(estate, { mode: 'enforce', event: { restore: keyIds, ...(mode && { mode }) } });

describe('restoring', () => {
  it('turns on what the audit turned off, and only what was asked for', async () => {
    const report = await restore([due[0] ?? '']);
    expect(report).toMatchObject({ verdict: 'acted', examined: 1, findings: [] });
    expect(report.outcomes).toEqual([{ target: due[0], action: 'restore', why: 'asked for by hand', status: 'done' }]);
    expect(await keysOff(estate)).toEqual(due.slice(1));
  });

  it('leaves a key off that a person turned off, and one that is not there, and says so', async () => {
    await setStatus(estate, keyId('busyada'), 'Inactive');
    const report = await restore([keyId('busyada'), 'NOTHING']);
    expect(report).toMatchObject({ verdict: 'skipped', outcomes: [{ status: 'skipped' }, { status: 'skipped' }] });
    expect(report.outcomes[0]?.error).toBe('it was not this runbook that turned it off');
    expect(await keysOff(estate)).toEqual([keyId('busyada'), ...due]);
  });

  it('leaves a key off that a person turned on after the audit, and off again', async () => {
    await setStatus(estate, due[0] ?? '', 'Active');
    await setStatus(estate, due[0] ?? '', 'Inactive');
    const report = await restore(due);
    expect(targets(report, 'skipped')).toEqual(due.slice(0, 1));
    expect(report.outcomes[0]?.error).toContain('changed by somebody since');
    expect(await keysOff(estate)).toEqual(due.slice(0, 1));
  });

  it('leaves a key alone to which a person gave a word of their own', async () => {
    await asOwner(estate, `ALTER TYPE access_key_status ADD VALUE IF NOT EXISTS 'Revoked'`);
    await asOwner(estate, `UPDATE access_keys SET status = 'Revoked' WHERE access_key_id = $1`, [due[0]]);
    expect(targets(await restore(due), 'done')).toEqual(due.slice(1));
    expect(await keysOff(estate)).toEqual(due.slice(0, 1));
  });

  it('leaves a key on that is on already', async () => {
    await setStatus(estate, due[0] ?? '', 'Active');
    expect(targets(await restore(due), 'skipped')).toEqual(due.slice(0, 1));
    expect(await keysOff(estate)).toEqual([]);
  });

  it('never turns on what was only intended: a change that PostgreSQL rolled back, or forgot', async () => {
    const [first = '', second = ''] = due;
    // One that was begun and rolled back, by a run that died; and one so long ago that PostgreSQL no longer knows.
    await rolledBack(first);
    estate.aws.putObject(bucketOf(estate), recordKey(second), begun(second, '3'));
    const report = await restore(due);
    expect(report).toMatchObject({ verdict: 'skipped' });
    expect(report.outcomes.map(({ error }) => error)).toEqual(
      Array(2).fill('it was not this runbook that turned it off'),
    );
    expect(await keysOff(estate)).toEqual(due);
  });

  it('F01 twice is once, and the second says who was first', async () => {
    const first = await restore(due);
    const second = await restore([...due, ...due]);
    expect(second).toMatchObject({ verdict: 'skipped', examined: 2 });
    expect(second.outcomes.map(({ error }) => error)).toEqual(
      Array(2).fill(`run ${first.runId} turned it on again already`),
    );
  });

  it('F15 works while the system is halted, and over every cap', async () => {
    estate.aws.putParameter(HALT, 'halt');
    const tight = (deployment: { settings: { caps: object } }) => {
      deployment.settings.caps = { maxTargets: 1, maxPercent: 1 };
    };
    const report = await call(estate, { mode: 'enforce', edit: tight, event: { restore: due } });
    estate.aws.putParameter(HALT, 'run');
    expect(targets(report, 'done')).toEqual(due);
    expect(await keysOff(estate)).toEqual([]);
  });

  it('F12 in report mode shows what it would do, and changes nothing', async () => {
    const rows = () => asOwner(estate, 'SELECT xmin::text, ctid::text, * FROM access_keys ORDER BY id');
    const state = () => estate.aws.objects(bucketOf(estate)).filter(({ key }) => key.includes('/keys/'));
    const before = [await rows(), state()];
    const report = await restore([...due, keyId('busyada')], 'report');
    expect([targets(report, 'planned'), targets(report, 'skipped')]).toEqual([due, [keyId('busyada')]]);
    expect([await rows(), state()]).toEqual(before);
  });

  it('is not possible for a function deployed in report mode, which has no actor', async () => {
    const report = await call(estate, { mode: 'report', event: { restore: due, mode: 'enforce' } });
    expect(report).toMatchObject({ verdict: 'refused', because: expect.stringContaining('lower the mode') });
    expect(await keysOff(estate)).toEqual(due);
  });

  it.each([
    [[], /restore/],
    [[''], /restore\[0\]/],
    ['AKADA', /restore/],
    [Array(1001).fill('A'), /restore/],
  ])('is refused with the field’s name where the list is unusable (%#)', async (list, because) => {
    const report = await call(estate, { mode: 'enforce', event: { restore: list } });
    expect(report.verdict).toBe('refused');
    expect(report.because).toMatch(because);
    expect(await keysOff(estate)).toEqual(due);
  });

  it('works for ids of odd characters', async () => {
    const odd = 'K/..%2F é😀"\\\'+ &?#';
    await asOwner(estate, 'ALTER TABLE access_keys DROP CONSTRAINT access_keys_access_key_id_check');
    await asOwner(estate, 'ALTER TABLE access_keys ALTER access_key_id TYPE text');
    await restore(due);
    await asOwner(estate, 'UPDATE access_keys SET access_key_id = $2 WHERE access_key_id = $1', [due[0], odd]);
    warn(estate, [odd]);
    expect(targets(await enforce(), 'done')).toEqual([odd]);
    expect(await keysOff(estate)).toEqual([odd]);
    expect(targets(await restore([odd]), 'done')).toEqual([odd]);
    expect(await keysOff(estate)).toEqual([]);
  });
});

describe('a key that was restored', () => {
  it('is warned anew by the next audit, and turned off only after another grace', async () => {
    await restore(due);
    for (const mode of ['report', 'enforce'] as const) {
      const next = await call(estate, { mode: 'enforce', edit: roomy, event: { mode } });
      expect(next).toMatchObject({ verdict: 'findings', outcomes: [], detail: { plan: { disable: 0, warn: 2 } } });
    }
    expect(await keysOff(estate)).toEqual([]);
    await passDays(estate, 14);
    expect(targets(await enforce(), 'done')).toEqual(due);
  });
});

const recordKey = (id: string) => `state/inactive-key-audit/keys/${id}.json`;

const begun = (id: string, xid: string) =>
  JSON.stringify({
    keyId: id,
    changes: [{ action: 'disable', runId: 'dead', at: new Date().toISOString(), xid, status: 'begun' }],
  });

/** Leaves the record of a run that died between storing its intent and committing it. */
async function rolledBack(id: string): Promise<void> {
  const [row] = await asOwner<{ xid: string }>(estate, 'SELECT pg_current_xact_id()::text AS xid');
  // The next transaction id, which is then rolled back.
  await asOwner(estate, `DO $$ BEGIN PERFORM pg_current_xact_id(); RAISE 'rolled back'; END $$`).catch(() => {});
  const xid = String(BigInt(row?.xid ?? '0') + 1n);
  expect(await asOwner(estate, 'SELECT pg_xact_status($1::xid8) AS fate', [xid])).toEqual([{ fate: 'aborted' }]);
  estate.aws.putObject(bucketOf(estate), recordKey(id), begun(id, xid));
}
