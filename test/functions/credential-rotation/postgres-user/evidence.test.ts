import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Estate, startEstate } from '../../../../local/estate.ts';
import { watchingRequests } from '../../meanwhile.ts';
import { beginRotation, call, labelled, logsIn, rotate, stepEvent } from '../ground.ts';
import { type PostgresUser, plantUser, reset } from './ground.ts';

const CALLER = 'credential-rotation-postgres-user enforce';

let estate: Estate;
let user: PostgresUser;
beforeAll(async () => {
  estate = await startEstate();
  user = await plantUser(estate);
});
afterAll(() => estate?.stop());
beforeEach(() => reset(estate, user));
afterEach(() => estate.aws.faults.clear());

const turn = (asked: object = {}) => rotate(estate, user.rotated, { secretArn: user.secretArn, ...asked });
const held = (label: string) => labelled(estate.aws, user.secretArn, label);

describe('F17 evidence that cannot be stored', () => {
  /** From the request on that matches, no object can be stored any more. */
  const without = (end: RegExp) => (request: { method: string; url: string }) => {
    if (request.method === 'PUT' && end.test(decodeURIComponent(request.url)))
      estate.aws.faults.deny(CALLER, 's3:PutObject');
  };

  it('keeps a credential from being made where it is the plan', async () => {
    const reports = await watchingRequests(without(/plan\.jsonl/), () => turn());
    expect(reports).toMatchObject([{ verdict: 'failed', threw: true }]);
    expect(held('AWSPENDING')).toBeUndefined();
  });

  it('keeps the password from being changed where it is the note of when that began', async () => {
    const reports = await watchingRequests(without(/notes\.json/), () => turn());
    expect(reports.at(-1)).toMatchObject({ verdict: 'failed', threw: true });
    expect(await logsIn(estate, user.first)).toBe(true);
  });

  it('keeps the label from being moved where it is the note of from where', async () => {
    const token = beginRotation(estate.aws, user.secretArn);
    await turn({ token, until: 'testSecret' });
    const finish = () => call(estate, user.rotated, { event: stepEvent(user.secretArn, 'finishSecret', token) });
    expect(await watchingRequests(without(/notes\.json/), finish)).toMatchObject({ verdict: 'failed', threw: true });
    expect(held('AWSCURRENT')).toEqual(user.first);
  });

  it('makes a step that it was about fail, so that Secrets Manager does not take it for done', async () => {
    const reports = await watchingRequests(without(/Z-[0-9a-f]+\.json/), () => turn());
    expect(reports).toMatchObject([{ verdict: 'failed', threw: true }]);
  });
});

describe('F04 F06 time and patience', () => {
  it('looks at no secret for which there is no time, and does not call the rest all of them', async () => {
    const report = await call(estate, user.rotated, { remainingMs: () => 15_000 });
    expect(report).toMatchObject({
      verdict: 'partial',
      examined: 0,
      because: 'Time ran out with 1 secrets not looked at.',
    });
  });

  it('begins no rotation for which there is no time', async () => {
    const reports = await turn({ remainingMs: () => 12_000 });
    expect(reports).toMatchObject([{ verdict: 'partial', threw: true }]);
    expect(held('AWSPENDING')).toBeUndefined();
  });

  it('waits for a Secrets Manager that throttles', async () => {
    estate.aws.faults.throttle('secretsmanager:DescribeSecret', 2);
    expect((await turn()).at(-1)).toMatchObject({ verdict: 'acted' });
  });

  it('F36 calls nothing lost that it could not read', async () => {
    estate.aws.faults.throttle('secretsmanager:GetSecretValue', Number.POSITIVE_INFINITY);
    const report = await call(estate, user.rotated);
    expect(report.findings).toMatchObject([{ severity: 'critical', target: 'alexander/jobs (look)' }]);
    expect(report.outcomes).toEqual([]);
  }, 60_000);
});

describe('F01 the same step at once', () => {
  it('is done by one of two, and the other fails without a change', async () => {
    const token = beginRotation(estate.aws, user.secretArn);
    const event = stepEvent(user.secretArn, 'createSecret', token);
    const both = await Promise.all([call(estate, user.rotated, { event }), call(estate, user.rotated, { event })]);
    expect(both.map(({ verdict }) => verdict).sort()).toEqual(['acted', 'skipped']);
    expect((await turn({ token })).at(-1)).toMatchObject({ verdict: 'acted' });
    expect(await logsIn(estate, held('AWSCURRENT') ?? {})).toBe(true);
  });
});
