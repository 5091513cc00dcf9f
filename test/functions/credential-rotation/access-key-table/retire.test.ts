import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Settings } from '../../../../functions/credential-rotation/access-key-table/contract.ts';
import { accessKeyTable } from '../../../../functions/credential-rotation/access-key-table/kind.ts';
import { deadlineOf } from '../../../../functions/runtime/deadline.ts';
import { ADMIN } from '../../../../local/alexander/rotated-key.ts';
import { type Estate, startEstate } from '../../../../local/estate.ts';
import { asOwner, call, labelled, rotate } from '../ground.ts';
import { type AccessKey, hoursPass, keyRows, logsIn, plantAccessKey, reset } from './ground.ts';

let estate: Estate;
let key: AccessKey;
beforeAll(async () => {
  estate = await startEstate();
  key = await plantAccessKey(estate);
});
afterAll(async () => {
  await key?.system.stop();
  await estate?.stop();
});
beforeEach(async () => {
  await reset(estate, key);
  await rotate(estate, key.rotated, { secretArn: key.secretArn });
});

const night = (event: object = {}) => call(estate, key.rotated, { event });
const old = () => logsIn(estate, key, key.first);
const current = () => logsIn(estate, key, labelled(estate.aws, key.secretArn, 'AWSCURRENT') ?? {});
const useOld = (hoursAgo: number) =>
  asOwner(
    estate,
    `UPDATE access_keys SET last_used_at = now() - interval '${hoursAgo} hours' WHERE access_key_id = '${key.first.access_key}'`,
  );

/** What the function would do by itself, in the middle of its work. */
function target() {
  const settings = Settings.parse(key.rotated.settings);
  const deadline = deadlineOf({ getRemainingTimeInMillis: () => 60_000 });
  const run = { settings, deadline, store: { now: () => new Date() }, runbook: 'test', runId: 'test' };
  return accessKeyTable({ run, entry: settings.secrets[0] } as never);
}
const versions = () => ({
  previous: key.first,
  current: labelled(estate.aws, key.secretArn, 'AWSCURRENT') ?? {},
});

describe('F43 an old key', () => {
  it('is left alone before its overlap is over, without a finding', async () => {
    await hoursPass(estate, 23);
    expect(await night()).toMatchObject({ verdict: 'clean', detail: { secrets: [{ oldRevoked: false }] } });
    expect(await old()).toBe(true);
  });

  it('that was used after the switch is left on, and is a finding, until a whole overlap has gone by', async () => {
    await hoursPass(estate, 30);
    await useOld(20);
    const report = await night();
    expect(report.verdict).toBe('findings');
    expect(report.findings).toMatchObject([
      { severity: 'warning', what: expect.stringMatching(/somebody \(last at 20.+Z\) still uses the old one/) },
    ]);
    expect((await keyRows(estate)).filter(({ active }) => active)).toHaveLength(2);
    await hoursPass(estate, 5);
    expect(await night()).toMatchObject({ verdict: 'acted' });
    expect([await current(), await old()]).toEqual([true, false]);
  });

  it('is turned off at once by hand, whoever uses it', async () => {
    await useOld(0);
    expect(await night({ retire: 'now' })).toMatchObject({ verdict: 'acted' });
    expect([await current(), await old()]).toEqual([true, false]);
  });

  it('that is used between the look and the act is left on by the act itself', async () => {
    await useOld(0);
    const switchedAt = new Date(Date.now() - 25 * 3_600_000);
    expect(await target().revoke?.({ ...versions(), switchedAt, anyway: false })).toMatchObject([
      { who: expect.stringMatching(/^somebody/) },
    ]);
    expect((await keyRows(estate)).filter(({ active }) => active)).toHaveLength(2);
    expect(await target().revoke?.({ ...versions(), switchedAt, anyway: true })).toEqual([]);
    expect([await current(), await old()]).toEqual([true, false]);
  });

  it('is not called dead while the system still lets it in', async () => {
    await hoursPass(estate, 25);
    key.system.remember(true);
    await old();
    await hoursPass(estate, 25);
    const report = await night();
    expect(report).toMatchObject({ verdict: 'failed', because: expect.stringMatching(/revoked, and still logs in/) });
    key.system.remember(false);
    expect(await night()).toMatchObject({ verdict: 'acted', detail: { secrets: [{ oldRevoked: false }] } });
    expect(await night()).toMatchObject({ verdict: 'clean', detail: { secrets: [{ oldRevoked: true }] } });
  });

  const turnNewOff = () =>
    asOwner(
      estate,
      `UPDATE access_keys SET status = 'Inactive' WHERE access_key_id <> '${key.first.access_key}'
          AND user_id = (SELECT id FROM users WHERE username = '${ADMIN}')`,
    );

  it.each([{}, { retire: 'now' }])('F30 is left on where the new one does not log in, asked by %o', async (event) => {
    await hoursPass(estate, 25);
    await turnNewOff();
    const report = await night(event);
    expect(report.findings).toContainEqual(
      expect.objectContaining({ severity: 'critical', what: expect.stringMatching(/does not log in/) }),
    );
    expect(report.outcomes).toMatchObject([{ status: 'failed', error: expect.stringMatching(/left alone/) }]);
    expect(await old()).toBe(true);
  });

  it('F30 is left on by the act itself where the new one is not in use', async () => {
    await turnNewOff();
    const revoked = target().revoke?.({ ...versions(), switchedAt: new Date(0), anyway: true });
    await expect(revoked).rejects.toThrow(/is left on: it is not one of storage-admin’s, or AK\w+ is not in use/);
    expect(await old()).toBe(true);
  });

  it('keeps another rotation from beginning, because its room would be taken', async () => {
    const [report] = await rotate(estate, key.rotated, { secretArn: key.secretArn });
    expect(report).toMatchObject({ verdict: 'refused', because: expect.stringMatching(/is not revoked yet/) });
  });
});
