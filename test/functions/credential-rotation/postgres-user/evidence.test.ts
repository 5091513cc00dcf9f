import { afterEach, describe, expect, it } from 'vitest';
import { watchingRequests } from '../../meanwhile.ts';
import { beginRotation, call, logsIn, stepEvent } from '../ground.ts';
import { useUser } from './ground.ts';

const CALLER = 'credential-rotation-postgres-user enforce';

const on = useUser();
const { held, turn } = on;
afterEach(() => on.estate.aws.faults.clear());

describe('F17 evidence that cannot be stored', () => {
  /** From the request on that matches, no object can be stored any more. */
  const without = (end: RegExp) => (request: { method: string; url: string }) => {
    if (request.method === 'PUT' && end.test(decodeURIComponent(request.url)))
      on.estate.aws.faults.deny(CALLER, 's3:PutObject');
  };

  it('keeps a credential from being made where it is the plan', async () => {
    const reports = await watchingRequests(without(/plan\.jsonl/), () => turn());
    expect(reports).toMatchObject([{ verdict: 'failed', threw: true }]);
    expect(held('AWSPENDING')).toBeUndefined();
  });

  it('keeps the password from being changed where it is the note of when that began', async () => {
    const reports = await watchingRequests(without(/notes\.json/), () => turn());
    expect(reports.at(-1)).toMatchObject({ verdict: 'failed', threw: true });
    expect(await logsIn(on.estate, on.user.first)).toBe(true);
  });

  it('keeps the label from being moved where it is the note of from where', async () => {
    const token = beginRotation(on.estate.aws, on.user.secretArn);
    await turn({ token, until: 'testSecret' });
    const finish = () =>
      call(on.estate, on.user.rotated, { event: stepEvent(on.user.secretArn, 'finishSecret', token) });
    expect(await watchingRequests(without(/notes\.json/), finish)).toMatchObject({ verdict: 'failed', threw: true });
    expect(held('AWSCURRENT')).toEqual(on.user.first);
  });

  it('makes a step that it was about fail, so that Secrets Manager does not take it for done', async () => {
    const reports = await watchingRequests(without(/Z-[0-9a-f]+\.json/), () => turn());
    expect(reports).toMatchObject([{ verdict: 'failed', threw: true }]);
  });
});

describe('F04 F06 time and patience', () => {
  it('looks at no secret for which there is no time, and does not call the rest all of them', async () => {
    const report = await call(on.estate, on.user.rotated, { remainingMs: () => 15_000 });
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
    on.estate.aws.faults.throttle('secretsmanager:DescribeSecret', 2);
    expect((await turn()).at(-1)).toMatchObject({ verdict: 'acted' });
  });

  it('F36 calls nothing lost that it could not read', async () => {
    on.estate.aws.faults.throttle('secretsmanager:GetSecretValue', Number.POSITIVE_INFINITY);
    const report = await call(on.estate, on.user.rotated);
    expect(report.findings).toMatchObject([{ severity: 'critical', target: 'alexander/jobs (look)' }]);
    expect(report.outcomes).toEqual([]);
  }, 60_000);
});

describe('F01 the same step at once', () => {
  it('is done by one of two, and the other fails without a change', async () => {
    const token = beginRotation(on.estate.aws, on.user.secretArn);
    const event = stepEvent(on.user.secretArn, 'createSecret', token);
    const both = await Promise.all([
      call(on.estate, on.user.rotated, { event }),
      call(on.estate, on.user.rotated, { event }),
    ]);
    expect(both.map(({ verdict }) => verdict).sort()).toEqual(['acted', 'skipped']);
    expect((await turn({ token })).at(-1)).toMatchObject({ verdict: 'acted' });
    expect(await logsIn(on.estate, held('AWSCURRENT') ?? {})).toBe(true);
  });
});
