import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { expectAnnounced } from '../announced.ts';
import { beginRotation, call, labelled, rotate, stepEvent } from '../ground.ts';
import { type Ground, night, OVERLAP_HOURS, startGround, strays } from './ground.ts';

describe('the rotation of a credential that an HTTP API makes', () => {
  let ground: Ground;
  beforeAll(async () => {
    ground = await startGround();
  });
  afterAll(() => ground?.stop());
  beforeEach(() => ground.reset());

  const turn = (asked: object = {}) => rotate(ground.estate, ground.rotated, { secretArn: ground.secretArn, ...asked });
  const held = (label: string) => labelled(ground.estate.aws, ground.secretArn, label) ?? {};
  const letsIn = (label: string) => ground.akamai.letsIn(held(label));
  const statuses = () => ground.akamai.client.credentials.map(({ status }) => status);

  const asked = (since: number) => ground.akamai.statements().slice(since);

  it('leaves a new credential that works beside the old one, and nothing pending', async () => {
    const first = held('AWSCURRENT');
    const reports = await turn();
    expect(reports.map(({ verdict, because }) => [verdict, because])).toEqual([
      ['acted', undefined],
      ['acted', undefined],
      ['clean', undefined],
      ['acted', undefined],
    ]);
    expect(held('AWSPREVIOUS')).toEqual(first);
    expect(held('AWSPENDING')).toEqual({});
    expect([letsIn('AWSCURRENT'), letsIn('AWSPREVIOUS')]).toEqual([true, true]);
    expect(statuses()).toEqual(['ACTIVE', 'ACTIVE']);
  });

  it('writes the fields of .edgerc, and keeps what else its users have put beside them', async () => {
    const first = held('AWSCURRENT');
    await turn();
    const second = held('AWSCURRENT');
    expect(Object.keys(second).sort()).toEqual(['access_token', 'client_secret', 'client_token', 'host', 'max-body']);
    expect(second).toMatchObject({ host: first.host, access_token: first.access_token, 'max-body': '131072' });
    expect(second.client_token).not.toBe(first.client_token);
    expect(second.client_secret).not.toBe(first.client_secret);
  });

  it('F32 finishes three times with success, and tests alone without a change', async () => {
    const token = beginRotation(ground.estate.aws, ground.secretArn);
    await turn({ token });
    const kept = [held('AWSCURRENT'), statuses()];
    const again = (step: 'finishSecret' | 'testSecret') =>
      call(ground.estate, ground.rotated, { event: stepEvent(ground.secretArn, step, token) });
    for (const step of ['finishSecret', 'finishSecret', 'testSecret'] as const)
      expect(await again(step)).toMatchObject({ verdict: 'clean', threw: false });
    expect([held('AWSCURRENT'), statuses()]).toEqual(kept);
  });

  it('says in a dry run what it would do, and makes nothing', async () => {
    const before = ground.akamai.count();
    const { verdict, outcomes } = await night(ground, { event: { mode: 'report' } });
    expect(verdict).toBe('clean');
    expect(outcomes.map(({ status, action }) => [status, action])).toEqual([
      ['planned', 'make a new credential, and store it as the pending version'],
      ['planned', 'log in with it, and hold what it may do against what the current one may'],
      ['planned', 'make it the current version'],
      ['planned', `deactivate the one before, ${OVERLAP_HOURS} hours later`],
    ]);
    expect(statuses()).toEqual(['ACTIVE']);
    expect(new Set(asked(before).map((one) => one.split(' ')[0]))).toEqual(new Set(['GET']));
  });

  it('reads no value where it was deployed in report mode, and asks nothing of the API', async () => {
    const before = ground.akamai.count();
    const report = await call(ground.estate, ground.rotated, { mode: 'report' });
    expect(report).toMatchObject({
      detail: { secrets: [{ name: 'alecs/edgerc', state: 'only its labels and times were looked at' }] },
    });
    expect(asked(before)).toEqual([]);
  });

  it('F43 leaves the old one alone through the overlap, then deactivates it and finds it dead', async () => {
    await turn();
    expect(await night(ground, { hours: OVERLAP_HOURS - 1 })).toMatchObject({ verdict: 'clean' });
    expect(statuses()).toEqual(['ACTIVE', 'ACTIVE']);
    const report = await night(ground, { hours: OVERLAP_HOURS + 1 });
    expect([report.verdict, report.because]).toEqual(['acted', undefined]);
    expect(report.outcomes).toMatchObject([{ action: 'revoke the old credential, and try it', status: 'done' }]);
    expect([letsIn('AWSCURRENT'), letsIn('AWSPREVIOUS')]).toEqual([true, false]);
    // It can be switched on again.
    expect(statuses()).toEqual(['INACTIVE', 'ACTIVE']);
    expect(await night(ground, { hours: OVERLAP_HOURS + 2 })).toMatchObject({ verdict: 'clean' });
  });

  it('F43 waits for a consumer that has not said that it uses the new one, unless a person says otherwise', async () => {
    const [secret] = (ground.rotated.settings as { secrets: [object] }).secrets;
    Object.assign(secret, { consumers: ['alecs-server'] });
    try {
      const token = beginRotation(ground.estate.aws, ground.secretArn);
      await turn({ token });
      const report = await night(ground, { hours: OVERLAP_HOURS + 1 });
      expect(report.verdict).toBe('findings');
      expect(report.findings).toMatchObject([{ what: expect.stringContaining('alecs-server has not said') }]);
      expect(letsIn('AWSPREVIOUS')).toBe(true);
      ground.estate.aws.tagSecret(ground.secretArn, 'nightshift:uses/alecs-server', token);
      expect(await night(ground, { hours: OVERLAP_HOURS + 2 })).toMatchObject({ verdict: 'acted' });
      expect(letsIn('AWSPREVIOUS')).toBe(false);
    } finally {
      Object.assign(secret, { consumers: [] });
    }
  });

  it('F43 revokes at once in a security incident', async () => {
    await turn();
    expect(await night(ground, { event: { retire: 'now' } })).toMatchObject({ verdict: 'acted' });
    expect([letsIn('AWSCURRENT'), letsIn('AWSPREVIOUS')]).toEqual([true, false]);
  });

  it('F43 does not call dead what still logs in, and looks again the next night', async () => {
    await turn();
    ground.akamai.client.lag(1_000);
    const report = await night(ground, { event: { retire: 'now' } });
    expect(report).toMatchObject({ verdict: 'failed', because: expect.stringContaining('still logs in') });
    ground.akamai.client.settle();
    expect(await night(ground, { event: { retire: 'now' } })).toMatchObject({ verdict: 'acted' });
  });

  it('waits until all of the API knows of the new credential, and of the end of the old one', async () => {
    ground.akamai.client.lag(2);
    expect((await turn()).map(({ threw }) => threw)).toEqual([false, false, false, false]);
    expect(await night(ground, { event: { retire: 'now' } })).toMatchObject({ verdict: 'acted' });
  });

  it('removes the revoked one of the rotation before, and never the one that a person has made', async () => {
    await turn();
    await night(ground, { event: { retire: 'now' } });
    await turn();
    await night(ground, { event: { retire: 'now' } });
    expect(statuses()).toEqual(['INACTIVE', 'INACTIVE', 'ACTIVE']);
    await turn();
    expect(statuses()).toEqual(['INACTIVE', 'DELETED', 'ACTIVE', 'ACTIVE']);
    expect(strays(ground)).toEqual([]);
  });

  it('F44 refuses a second rotation while the old credential may still be in use', async () => {
    await turn();
    const [report] = await turn();
    expect(report).toMatchObject({ verdict: 'refused', because: expect.stringContaining('not revoked yet') });
    expect(statuses()).toEqual(['ACTIVE', 'ACTIVE']);
  });

  it('tells both topics what is for each of them, in either mode', () =>
    expectAnnounced(ground.estate, ground.rotated, ground.secretArn));
});
