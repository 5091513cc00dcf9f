import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { type Estate, startEstate } from '../../../../local/estate.ts';
import type { Redis } from '../../../../local/redis/server.ts';
import { linesWritten } from '../../runtime/stdout.ts';
import { expectAnnounced } from '../announced.ts';
import { beginRotation, call, labelled, rotate, stepEvent } from '../ground.ts';
import { after, describeWithRedis, type Ground, plantCache, startCache, TOKEN, USER, verdicts } from './ground.ts';

describeWithRedis.each([USER, TOKEN])('the rotation of an $kind', (side) => {
  let estate: Estate;
  let redis: Redis;
  let cache: Ground;
  beforeAll(async () => {
    estate = await startEstate();
    redis = await startCache();
    cache = await plantCache(estate, redis, side);
  });
  afterAll(async () => {
    await redis?.stop();
    await estate?.stop();
  });
  beforeEach(async () => {
    estate.aws.faults.clear();
    await cache.reset();
  });

  const turn = (asked: object = {}) => rotate(estate, cache.rotated, { secretArn: cache.secretArn, ...asked });
  const night = () => call(estate, cache.rotated);
  const held = (label: string) => labelled(estate.aws, cache.secretArn, label) ?? {};
  const changes = () => estate.aws.requests().filter(({ service, changing }) => service === 'elasticache' && changing);

  it('F34 F41 leaves a new password that works beside the old one, and nothing pending', async () => {
    expect(verdicts(await turn())).toEqual(['acted', 'acted', 'clean', 'acted']);
    expect(held('AWSCURRENT')).toEqual({ ...cache.first, password: expect.stringMatching(/^[A-Za-z0-9]{32}$/) });
    expect(held('AWSPREVIOUS')).toEqual(cache.first);
    expect(held('AWSPENDING')).toEqual({});
    expect(await cache.logsIn(held('AWSCURRENT'))).toBe(true);
    expect(await cache.logsIn(cache.first)).toBe(true);
  });

  it('F43 leaves the old one alone until its overlap is over, then ends it and tries it', async () => {
    await turn();
    expect(await night()).toMatchObject({ verdict: 'clean', outcomes: [] });
    expect(await cache.logsIn(cache.first)).toBe(true);
    expect(await after(estate, 25, night)).toMatchObject({
      verdict: 'acted',
      outcomes: [{ action: 'revoke the old credential, and try it', status: 'done' }],
    });
    expect(await cache.logsIn(cache.first)).toBe(false);
    expect(await cache.logsIn(held('AWSCURRENT'))).toBe(true);
    expect(await after(estate, 25, night)).toMatchObject({ verdict: 'clean', outcomes: [] });
    expect(verdicts(await turn())).toEqual(['acted', 'acted', 'clean', 'acted']);
  });

  it('F42 asks ElastiCache for nothing twice, however often the steps are done again', async () => {
    const before = changes().length;
    const token = beginRotation(estate.aws, cache.secretArn);
    await turn({ token, until: 'setSecret' });
    await call(estate, cache.rotated, { event: stepEvent(cache.secretArn, 'setSecret', token) });
    await turn({ token });
    expect(changes().length - before).toBe(1);
  });

  it('F41 F42 goes on with its own change when the reply to it is lost', async () => {
    const setSecret = async (fault: () => void) => {
      await cache.reset();
      const token = beginRotation(estate.aws, cache.secretArn);
      await turn({ token, until: 'createSecret' });
      estate.aws.faults.clear();
      const before = estate.aws.requests().length;
      fault();
      const report = await call(estate, cache.rotated, { event: stepEvent(cache.secretArn, 'setSecret', token) });
      const requests = estate.aws.requests().slice(before);
      return { report, requests: requests.map(({ service, operation }) => `${service}:${operation}`) };
    };
    const good = await setSecret(() => {});
    const nth = good.requests.indexOf(side.modifies) + 1;
    const { report, requests } = await setSecret(() => estate.aws.faults.lose({ call: nth, when: 'after' }));
    expect(requests.filter((one) => one === side.modifies)).toHaveLength(2);
    expect(report.verdict).toBe('acted');
    expect(await cache.logsIn(held('AWSPENDING'))).toBe(true);
    expect(await cache.logsIn(cache.first)).toBe(true);
  });

  it('F43 does not end the old one where the current one does not log in', async () => {
    await turn();
    // Somebody puts the cache back to what it was.
    await redis.admin('ACL', 'SETUSER', side.user, 'resetpass', `>${side.first}`);
    const report = await after(estate, 25, night);
    expect(report.findings.map(({ what }) => what)).toContainEqual(expect.stringContaining('does not log in'));
    expect(report.outcomes.map(({ status, error }) => [status, error])).toEqual([
      ['failed', expect.stringContaining('The current one does not log in')],
    ]);
    expect(await cache.logsIn(cache.first)).toBe(true);
  });

  it('F16 tells no password to any log, report, metric, event or request log, nor to the log of the cache', async () => {
    const said: string[] = [];
    const heard = await linesWritten(async () => {
      said.push(JSON.stringify(await turn()));
      said.push(JSON.stringify(await after(estate, 25, night)));
      estate.aws.faults.fail(side.modifies, { code: 'InvalidParameterValue', status: 400 }, 1);
      said.push(JSON.stringify(await turn()));
    });
    const evidence = estate.aws
      .objects('alexander-evidence')
      .map(({ key, body }) => (key.endsWith('.gz') ? gunzipSync(body).toString() : body.toString()));
    const logs = [estate.aws.requests(), estate.aws.busEvents(), estate.aws.published()].map((list) =>
      JSON.stringify(list),
    );
    const everything = [...said, ...heard.out, ...heard.error, ...evidence, ...logs, readFileSync(redis.logPath)];
    const values = estate.aws.secretVersions(cache.secretArn).map(({ value = '{}' }) => JSON.parse(value).password);
    expect(new Set(values).size).toBeGreaterThan(2);
    for (const password of values)
      for (const spelled of [password, JSON.stringify(password).slice(1, -1), encodeURIComponent(password)])
        expect(everything.join('\n')).not.toContain(spelled);
  });

  it('tells both topics what is for each of them, in either mode', () =>
    expectAnnounced(estate, cache.rotated, cache.secretArn));
});
