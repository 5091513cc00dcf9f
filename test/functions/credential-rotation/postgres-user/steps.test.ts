/** The steps one by one: what each refuses, and that what has begun goes on. */
import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { beginRotation, logsIn, stepEvent } from '../ground.ts';
import { useUser } from './ground.ts';

/** Its settings say report by now; its role is still the one that it began with. */
const ENFORCING = 'credential-rotation-postgres-user enforce';

const on = useUser();
const { held, night, turn } = on;

describe('F45 once something was changed', () => {
  it.each(['halt', 'nonsense'])('goes on to the end while the halt parameter says %s', async (value) => {
    const token = beginRotation(on.estate.aws, on.user.secretArn);
    await turn({ token, until: 'setSecret' });
    on.estate.aws.putParameter('/nightshift/alexander/halt', value);
    try {
      for (const step of ['testSecret', 'finishSecret'] as const) {
        const report = await night({ event: stepEvent(on.user.secretArn, step, token) });
        expect(report).toMatchObject({ threw: false });
      }
    } finally {
      on.estate.aws.putParameter('/nightshift/alexander/halt', 'run');
    }
    expect(await logsIn(on.estate, held('AWSCURRENT') ?? {})).toBe(true);
  });

  it('goes on although the mode was lowered', async () => {
    const token = beginRotation(on.estate.aws, on.user.secretArn);
    await turn({ token, until: 'createSecret' });
    for (const step of ['setSecret', 'testSecret', 'finishSecret'] as const)
      expect(
        await night({ mode: 'report', caller: ENFORCING, event: stepEvent(on.user.secretArn, step, token) }),
      ).toMatchObject({
        threw: false,
      });
    expect(await logsIn(on.estate, held('AWSCURRENT') ?? {})).toBe(true);
  });

  it('F40 counts the window from the first time that it was set, however often the step comes', async () => {
    const token = beginRotation(on.estate.aws, on.user.secretArn);
    await turn({ token, until: 'setSecret' });
    on.estate.aws.clock.advance(60_000);
    try {
      const { metrics } = (await turn({ token })).at(-1) ?? {};
      expect(metrics?.CredentialWindow?.value).toBeGreaterThanOrEqual(58_000);
    } finally {
      on.estate.aws.clock.advance(-60_000);
    }
  });

  it('F15 begins nothing while halted, and says so to Secrets Manager', async () => {
    on.estate.aws.putParameter('/nightshift/alexander/halt', 'halt');
    try {
      const reports = await turn();
      expect(reports).toMatchObject([{ verdict: 'skipped', threw: true }]);
      expect(held('AWSPENDING')).toBeUndefined();
    } finally {
      on.estate.aws.putParameter('/nightshift/alexander/halt', 'run');
    }
  });
});

describe('F33 credentials that were rejected', () => {
  it('are forgotten once one was taken: three in a day are three in a row', async () => {
    const token = beginRotation(on.estate.aws, on.user.secretArn);
    await turn({ token, until: 'setSecret' });
    const notes = () => {
      const object = on.estate.aws.objects('alexander-evidence').find(({ key }) => key.endsWith('/notes.json'));
      return { key: object?.key ?? '', noted: JSON.parse(object?.body.toString() ?? '') };
    };
    const { key, noted } = notes();
    const rejectedAt = [new Date().toISOString(), new Date().toISOString()];
    on.estate.aws.putObject('alexander-evidence', key, JSON.stringify({ ...noted, rejectedAt }));
    await turn({ token });
    expect(notes().noted).toMatchObject({ rejectedAt: [], switched: { versionId: token } });
  });
});

describe('steps out of their order', () => {
  it('refuse to make current what does not log in', async () => {
    const token = beginRotation(on.estate.aws, on.user.secretArn);
    await turn({ token, until: 'createSecret' });
    const report = await night({ event: stepEvent(on.user.secretArn, 'finishSecret', token) });
    expect(report).toMatchObject({ threw: true, because: 'The pending credential does not log in.' });
    expect(held('AWSCURRENT')).toEqual(on.user.first);
  });

  it('refuse to set what was not created', async () => {
    const token = beginRotation(on.estate.aws, on.user.secretArn);
    const report = await night({ event: stepEvent(on.user.secretArn, 'setSecret', token) });
    expect(report).toMatchObject({ threw: true, because: expect.stringContaining('createSecret was not done') });
  });

  it('refuse to call well what is not the pending version any more', async () => {
    const token = beginRotation(on.estate.aws, on.user.secretArn);
    await turn({ token, until: 'setSecret' });
    const test = (version: string) => night({ event: stepEvent(on.user.secretArn, 'testSecret', version) });
    const other = randomUUID();
    const value = JSON.stringify(held('AWSPENDING'));
    on.estate.aws.fillVersion(on.user.secretArn, { id: other, value, stages: ['ANOTHER'] });
    expect(await test(other)).toMatchObject({ threw: true, because: expect.stringContaining(`not on ${other}`) });
    beginRotation(on.estate.aws, on.user.secretArn);
    expect(await test(token)).toMatchObject({ threw: true, because: `The secret has no version ${token}.` });
  });

  it('F32 test the current credential where a deployment has Secrets Manager try the function', async () => {
    const token = beginRotation(on.estate.aws, on.user.secretArn);
    const report = await night({ event: stepEvent(on.user.secretArn, 'testSecret', token) });
    expect(report).toMatchObject({ verdict: 'clean', threw: false });
    expect(await logsIn(on.estate, on.user.first)).toBe(true);
  });
});
