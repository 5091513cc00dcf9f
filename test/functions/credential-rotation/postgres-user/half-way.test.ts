/** What stands half-way: how a step meets it, and how an ordinary night mends it. */
import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { asOwner, beginRotation, logsIn, stepEvent } from '../ground.ts';
import { ROLE, useUser } from './ground.ts';

const HOUR_MS = 3_600_000;
const on = useUser();
const { held, night, turn } = on;

const last = (reports: { because?: string; verdict: string; threw: boolean }[]) => reports.at(-1);

/** Two hours on, by the account’s clock. */
async function later<Value>(work: () => Promise<Value>): Promise<Value> {
  on.estate.aws.clock.advance(2 * HOUR_MS);
  return work().finally(() => on.estate.aws.clock.advance(-2 * HOUR_MS));
}

/** A pending version with this text. */
function plantPending(text: string): string {
  const token = randomUUID();
  on.estate.aws.fillVersion(on.user.secretArn, { id: token, value: text, stages: ['AWSPENDING'] });
  return token;
}

describe('F31 a pending version that is not as it should be', () => {
  it('is filled where it has no value', async () => {
    expect(last(await turn())).toMatchObject({ verdict: 'acted' });
  });

  it('stops the step where it cannot be read, and is taken away by the night, once the current one has logged in', async () => {
    const token = plantPending('{"username": "alexander_app", "passw');
    const [refused] = await turn({ token });
    expect(refused).toMatchObject({
      verdict: 'refused',
      threw: true,
      because: expect.stringContaining('cannot be used'),
    });
    expect(await later(night)).toMatchObject({
      verdict: 'acted',
      findings: [{ severity: 'critical', target: 'alexander/jobs (stuck)' }],
      outcomes: [{ action: 'take the label AWSPENDING away', status: 'done' }],
    });
    expect(held('AWSPENDING')).toBeUndefined();
    expect(last(await turn())).toMatchObject({ verdict: 'acted' });
  });

  it('of another rotation stops this one', async () => {
    const other = beginRotation(on.estate.aws, on.user.secretArn);
    const token = randomUUID();
    on.estate.aws.fillVersion(on.user.secretArn, { id: token, stages: ['ANOTHER'] });
    const event = stepEvent(on.user.secretArn, 'createSecret', token);
    const report = await night({ event });
    expect(report.because).toContain(`to version ${other}, has come half-way`);
  });

  it('is left alone while its rotation may still be under way', async () => {
    await turn({ until: 'createSecret' });
    expect(await night()).toMatchObject({ verdict: 'clean', outcomes: [] });
    expect(held('AWSPENDING')).toBeDefined();
  });

  it('that was never set is taken away, and the password stays', async () => {
    await turn({ until: 'createSecret' });
    expect(await later(night)).toMatchObject({
      outcomes: [{ action: 'take the label AWSPENDING away', status: 'done' }],
    });
    expect(await logsIn(on.estate, on.user.first)).toBe(true);
  });

  it('that is set already is made the current one at once: everybody is locked out until then', async () => {
    await turn({ until: 'setSecret' });
    const pending = held('AWSPENDING');
    expect(await logsIn(on.estate, on.user.first)).toBe(false);
    expect(await night()).toMatchObject({
      verdict: 'acted',
      outcomes: [{ action: 'finish the rotation that stood still', status: 'done' }],
    });
    expect(held('AWSCURRENT')).toEqual(pending);
    expect(held('AWSPENDING')).toBeUndefined();
  });

  it('is for a person where neither of the two logs in, and nothing is changed', async () => {
    await turn({ until: 'setSecret' });
    await asOwner(on.estate, `ALTER ROLE ${ROLE} PASSWORD 'somebody0elses0idea'`);
    const before = JSON.stringify(on.estate.aws.secretVersions(on.user.secretArn));
    const report = await later(night);
    expect(report.outcomes).toEqual([]);
    expect(report.findings.map(({ target }) => target)).toEqual(['alexander/jobs (current)', 'alexander/jobs (stuck)']);
    expect(report.findings[1]?.remedy).toContain('A person must set one of them');
    expect(JSON.stringify(on.estate.aws.secretVersions(on.user.secretArn))).toBe(before);
  });

  it('is looked at again once nobody else can change it: what was not set may be set by then', async () => {
    await turn({ until: 'createSecret' });
    const { password } = held('AWSPENDING') ?? {};
    on.estate.aws.faults.hold({ on: /^s3:PutObject .*\/lease\.json$/, when: 'before' }, () =>
      asOwner(on.estate, `ALTER ROLE ${ROLE} PASSWORD '${password}'`),
    );
    const skipped = { action: 'take the label AWSPENDING away', status: 'skipped', error: 'it is not so any more' };
    expect(await later(night)).toMatchObject({ outcomes: [skipped] });
    expect(held('AWSPENDING')).toMatchObject({ password });
  });

  it('F02 is left to the step that is at it, as long as that has the lease', async () => {
    const token = beginRotation(on.estate.aws, on.user.secretArn);
    await turn({ token, until: 'createSecret' });
    const { faults } = on.estate.aws;
    let met: unknown;
    const atItsEnd = async () => {
      met = await night();
    };
    const onceItSets = async () => faults.hold({ on: /^s3:PutObject .*\/lease\.json$/, when: 'before' }, atItsEnd);
    faults.hold({ on: /^s3:PutObject .*\/notes\.json$/, when: 'before' }, onceItSets);
    const reports = await turn({ token });
    const left = { action: 'finish the rotation that stood still', status: 'failed' };
    expect(met).toMatchObject({ outcomes: [{ ...left, error: expect.stringMatching(/lease|under way|running/) }] });
    expect(last(reports)).toMatchObject({ verdict: 'acted', threw: false });
  });

  it('is told of in report mode, which may not try it, and is left as it is', async () => {
    await turn({ until: 'setSecret' });
    const report = await later(() => night({ mode: 'report' }));
    expect(report).toMatchObject({
      verdict: 'findings',
      outcomes: [],
      detail: { secrets: [{ state: expect.stringContaining('only its labels') }] },
    });
    expect(report.findings[0]?.remedy).toContain('Try both');
    expect(held('AWSPENDING')).toBeDefined();
  });

  it('F45 is finished by the night while halted, because everybody is locked out, and nothing else is mended', async () => {
    await turn({ until: 'setSecret' });
    on.estate.aws.putParameter('/nightshift/alexander/halt', 'halt');
    try {
      expect(await night()).toMatchObject({ verdict: 'acted', outcomes: [{ status: 'done' }] });
      expect(await logsIn(on.estate, held('AWSCURRENT') ?? {})).toBe(true);
      await turn({ until: 'createSecret' });
      plantPending(JSON.stringify({ ...on.user.first, password: 'never0set' }));
      expect(await later(night)).toMatchObject({ verdict: 'skipped', outcomes: [{ status: 'skipped' }] });
      expect(held('AWSPENDING')).toBeDefined();
    } finally {
      on.estate.aws.putParameter('/nightshift/alexander/halt', 'run');
    }
  });
});
