import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { handler } from '../../../../functions/credential-rotation/all/handler.ts';
import { type Estate, startEstate } from '../../../../local/estate.ts';
import { expectAnnounced } from '../announced.ts';
import { call, type Rotated } from '../ground.ts';

const BUCKET = 'alexander-evidence';

/** No database is asked: what Secrets Manager is asked to call is a function that only moves labels, or does not. */
describe('the rotation of every secret', () => {
  let estate: Estate;
  let rotated: Rotated;
  let arns: string[];
  const called: string[] = [];
  beforeAll(async () => {
    estate = await startEstate();
    arns = ['first', 'second', 'third'].map((name) =>
      estate.aws.createSecret(`alexander/${name}`, '{"password": "canary"}'),
    );
    for (const [index, arn] of arns.entries()) {
      const functionName = `rotation-${index}`;
      estate.aws.rotateSecret(arn, { functionName, qualifier: 'live', everyDays: 30 });
      estate.aws.registerFunction(functionName, works);
    }
    const secrets = arns.map((secretArn) => ({ secretArn, kind: 'postgres-user', maxAgeDays: 32 }));
    rotated = { kind: 'all', handler, settings: { secrets } };
  });
  afterAll(() => estate?.stop());
  beforeEach(() => {
    called.length = 0;
    for (const arn of arns) estate.aws.resetSecret(arn, '{"password": "canary"}');
    for (const { key } of estate.aws.objects(BUCKET)) estate.aws.eraseVersions(BUCKET, key);
    estate.aws.putParameter('/nightshift/alexander/halt', 'run');
  });

  type Step = { Step: string; SecretId: string; ClientRequestToken: string };
  const works = (event: unknown) => {
    const { Step: step, SecretId, ClientRequestToken: id } = event as Step;
    called.push(`${step} ${SecretId.replace(/^.*\/(\w+)-.*$/, '$1')}`);
    if (step !== 'finishSecret') return;
    estate.aws.fillVersion(SecretId, { id, value: '{"password": "new"}', stages: ['AWSPENDING'] });
    const current = estate.aws.secretVersions(SecretId).find(({ stages }) => stages.includes('AWSCURRENT'));
    estate.aws.moveStage(SecretId, { stage: 'AWSCURRENT', from: current?.id, to: id });
    estate.aws.moveStage(SecretId, { stage: 'AWSPENDING', from: id, to: undefined });
  };
  const all = (event: object = { rotate: 'all' }, mode: 'report' | 'enforce' = 'enforce') =>
    call(estate, rotated, { event, mode });
  const statuses = ({ outcomes }: { outcomes: { target: string; status: string }[] }) =>
    outcomes.map(({ target, status }) => `${target} ${status}`);

  it('F46 is of one after the other, in the order of settings, and reports each', async () => {
    const report = await all();
    expect(report).toMatchObject({ verdict: 'acted', examined: 3 });
    expect(statuses(report)).toEqual(['alexander/first done', 'alexander/second done', 'alexander/third done']);
    expect(called.filter((step) => step.startsWith('createSecret'))).toEqual([
      'createSecret first',
      'createSecret second',
      'createSecret third',
    ]);
    expect(called.indexOf('finishSecret first')).toBeLessThan(called.indexOf('createSecret second'));
  });

  it('is not what an empty event asks for, in any mode', async () => {
    expect(await all({})).toMatchObject({ verdict: 'clean', examined: 3, outcomes: [] });
    expect(called).toEqual([]);
  });

  it('F12 is only planned in report mode, and the plan is what enforce then does', async () => {
    const planned = await all({ rotate: 'all', mode: 'report' });
    expect(statuses(planned)).toEqual([
      'alexander/first planned',
      'alexander/second planned',
      'alexander/third planned',
    ]);
    expect(called).toEqual([]);
    const done = await all();
    expect(done.outcomes.map(({ target }) => target)).toEqual(planned.outcomes.map(({ target }) => target));
  });

  it('goes on where one is refused, and fails in the end, naming it', async () => {
    estate.aws.fillVersion(arns[1] ?? '', { id: randomUUID(), value: '{}', stages: ['AWSPENDING'] });
    const report = await all();
    expect(statuses(report)).toEqual(['alexander/first done', 'alexander/second failed', 'alexander/third done']);
    expect(report).toMatchObject({ verdict: 'failed', because: '1 were not rotated: alexander/second.' });
    expect(report.outcomes[1]?.error).toContain("A previous rotation isn't complete");
  });

  it('F15 begins nothing while halted', async () => {
    estate.aws.putParameter('/nightshift/alexander/halt', 'halt');
    expect(await all()).toMatchObject({ verdict: 'skipped' });
    expect(called).toEqual([]);
  });

  it('F02 is done by one of two at once', async () => {
    const [one, other] = await Promise.all([all(), all()]);
    expect([one?.verdict, other?.verdict].sort()).toEqual(['acted', 'skipped']);
    expect(called.filter((step) => step.startsWith('createSecret'))).toHaveLength(3);
  });

  it('F14 goes on where one that died has come to', async () => {
    // It died while the second was rotated.
    const runId = `${new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '')}-0123abcd`;
    const key = 'state/credential-rotation-all/run.json';
    estate.aws.putObject(BUCKET, key, JSON.stringify({ unfinished: [{ runId, planKey: 'gone' }], spent: [] }));
    estate.aws.clock.advance(1_000);
    const [first = ''] = arns;
    const before = estate.aws.secretVersions(first).length;
    await call(
      estate,
      { ...rotated, settings: { secrets: [{ secretArn: first, kind: 'postgres-user' }] } },
      { event: { rotate: 'all' } },
    );
    estate.aws.putObject(BUCKET, key, JSON.stringify({ unfinished: [{ runId, planKey: 'gone' }], spent: [] }));
    const report = await all();
    expect(statuses(report)).toEqual(['alexander/first skipped', 'alexander/second done', 'alexander/third done']);
    expect(estate.aws.secretVersions(first)).toHaveLength(before + 1);
  });

  it('says what is overdue or stands half-way, and reads no value', async () => {
    estate.aws.clock.advance(40 * 86_400_000);
    const report = await all({}).finally(() => estate.aws.clock.advance(-40 * 86_400_000));
    expect(report.findings.map(({ target }) => target)).toEqual([
      'alexander/first (overdue)',
      'alexander/second (overdue)',
      'alexander/third (overdue)',
    ]);
    const asked = estate.aws.requests().filter(({ caller }) => caller === 'credential-rotation-all enforce');
    expect(asked.map(({ action }) => action)).not.toContain('secretsmanager:GetSecretValue');
  });

  it('tells both topics what is for each of them, in either mode', () =>
    expectAnnounced(estate, rotated, arns[0] ?? ''));
});
