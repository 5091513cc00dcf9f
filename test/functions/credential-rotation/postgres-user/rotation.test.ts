import { describe, expect, it } from 'vitest';
import { expectAnnounced } from '../announced.ts';
import { beginRotation, call, logsIn, stepEvent } from '../ground.ts';
import { ROLE, useUser } from './ground.ts';

describe('the rotation of a role’s password', () => {
  const on = useUser();
  const { held, turn } = on;

  it('leaves a new password that works, the old one that does not, and nothing pending', async () => {
    const reports = await turn();
    expect(reports.map(({ verdict, because }) => [verdict, because])).toEqual([
      ['acted', undefined],
      ['acted', undefined],
      ['clean', undefined],
      ['acted', undefined],
    ]);
    expect(held('AWSCURRENT')).toEqual({ ...on.user.first, password: expect.stringMatching(/^[A-Za-z0-9]{32}$/) });
    expect(held('AWSPREVIOUS')).toEqual(on.user.first);
    expect(held('AWSPENDING')).toBeUndefined();
    expect(await logsIn(on.estate, held('AWSCURRENT') ?? {})).toBe(true);
    expect(await logsIn(on.estate, on.user.first)).toBe(false);
  });

  it('reports how long the stored password was not the one that works', async () => {
    const last = (await turn()).at(-1);
    expect(last?.metrics.CredentialWindow).toEqual({ value: expect.any(Number), unit: 'Milliseconds' });
    expect(last?.metrics.CredentialWindow?.value).toBeGreaterThan(0);
  });

  it('tells the bus which secret was rotated, once, and never a value', async () => {
    const before = on.estate.aws.busEvents().length;
    const token = beginRotation(on.estate.aws, on.user.secretArn);
    await turn({ token });
    await call(on.estate, on.user.rotated, { event: stepEvent(on.user.secretArn, 'finishSecret', token) });
    const told = on.estate.aws.busEvents().slice(before);
    expect(told).toMatchObject([
      { source: 'nightshift.credential-rotation', resources: [on.user.secretArn], detail: { versionId: token } },
    ]);
    expect(JSON.stringify(told)).not.toContain(held('AWSCURRENT')?.password);
  });

  it('F32 finishes three times with success, and tests alone without a change', async () => {
    const token = beginRotation(on.estate.aws, on.user.secretArn);
    await turn({ token });
    const kept = held('AWSCURRENT');
    const again = (step: 'finishSecret' | 'testSecret') =>
      call(on.estate, on.user.rotated, { event: stepEvent(on.user.secretArn, step, token) });
    for (const step of ['finishSecret', 'finishSecret', 'testSecret'] as const)
      expect(await again(step)).toMatchObject({ verdict: 'clean', threw: false });
    expect(held('AWSCURRENT')).toEqual(kept);
    expect(await logsIn(on.estate, kept ?? {})).toBe(true);
  });

  it('refuses in report mode before it reads a value, and stores nothing', async () => {
    const before = on.estate.aws.requests().length;
    expect(await turn({ mode: 'report' })).toMatchObject([{ verdict: 'refused', threw: true }]);
    expect(
      on.estate.aws
        .requests()
        .slice(before)
        .map(({ action }) => action),
    ).not.toContain('secretsmanager:GetSecretValue');
    expect(held('AWSPENDING')).toBeUndefined();
    expect(await logsIn(on.estate, on.user.first)).toBe(true);
  });

  it('F12 is rehearsed by an enforcing function that is asked to report: the plan is what a rotation then does', async () => {
    const report = await call(on.estate, on.user.rotated, { event: { mode: 'report' } });
    expect(report.outcomes.map(({ status, action }) => [status, action])).toContainEqual([
      'planned',
      `change the password of ${ROLE}`,
    ]);
    expect(on.estate.aws.secretVersions(on.user.secretArn)).toHaveLength(1);
    expect(await logsIn(on.estate, on.user.first)).toBe(true);
  });

  it('says on an ordinary night that all is well', async () => {
    await turn();
    const report = await call(on.estate, on.user.rotated);
    expect(report).toMatchObject({
      verdict: 'clean',
      examined: 1,
      detail: { secrets: [{ name: 'alexander/jobs', state: 'the current version works' }] },
    });
    // The old password went with the change, so nothing is left that could be revoked.
    expect(JSON.stringify(report.detail)).not.toContain('oldRevoked');
  });

  it('tells both topics what is for each of them, in either mode', () =>
    expectAnnounced(on.estate, on.user.rotated, on.user.secretArn));
});
