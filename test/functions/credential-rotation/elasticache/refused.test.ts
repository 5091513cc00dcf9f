import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Estate, startEstate } from '../../../../local/estate.ts';
import type { Redis } from '../../../../local/redis/server.ts';
import { beginRotation, call, labelled, rotate, stepEvent } from '../ground.ts';
import {
  after,
  describeWithRedis,
  type Ground,
  plantCache,
  STRANGER,
  startCache,
  TOKEN,
  USER,
  verdicts,
} from './ground.ts';

describeWithRedis.each([USER, TOKEN])('an $kind whose rotation is refused', (side) => {
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
  const night = (rotated = cache.rotated) => call(estate, rotated);
  const held = (label: string) => labelled(estate.aws, cache.secretArn, label) ?? {};
  const changes = () => estate.aws.requests().filter(({ service, changing }) => service === 'elasticache' && changing);

  it('F33 gives up a password that ElastiCache does not take, and takes a fresh one the next time', async () => {
    estate.aws.faults.fail(side.modifies, { code: 'InvalidParameterValue', status: 400 }, 1);
    const reports = await turn();
    expect(verdicts(reports).at(-1)).toContain('does not take a new password');
    expect(reports).toHaveLength(2);
    expect(held('AWSPENDING')).toEqual({});
    expect(await cache.logsIn(cache.first)).toBe(true);
    expect(verdicts(await turn())).toEqual(['acted', 'acted', 'clean', 'acted']);
  });

  it('F33 says no more after three were not taken within a day', async () => {
    estate.aws.faults.fail(side.modifies, { code: 'InvalidParameterValue', status: 400 }, 3);
    for (let tries = 1; tries <= 3; tries += 1) await turn();
    expect(verdicts(await turn())).toEqual([expect.stringContaining('3 fresh credentials were rejected')]);
  });

  it.each([
    ['another host', { host: 'cache.attacker.example' }, 'names a host that is not deployed'],
    ['another port', { port: 6380 }, 'names another port'],
    ['another user', { username: 'root' }, 'names a user that is not deployed'],
  ])('F39 refuses a secret that names %s', async (_what, fields, said) => {
    estate.aws.resetSecret(cache.secretArn, JSON.stringify({ ...cache.first, ...fields }));
    expect(verdicts(await turn())).toEqual([expect.stringContaining(said)]);
  });

  it('F38 refuses a login that may not do its work, before anything is stored', async () => {
    await cache.permit('-get');
    expect(verdicts(await turn())).toEqual(['The cache at 127.0.0.1 answers GET with NOPERM.']);
    expect(held('AWSPENDING')).toEqual({});
  });

  it('F43 refuses where nobody may see who is connected, unless settings say that nobody looks', async () => {
    await cache.permit('-client|list');
    expect(verdicts(await turn())).toEqual([expect.stringContaining('may not call CLIENT LIST')]);
    const rotated = cache.deployedWith({ connections: 'unseen' });
    const reports = await rotate(estate, rotated, { secretArn: cache.secretArn });
    expect(verdicts(reports)).toEqual(['acted', 'acted', 'clean', 'acted']);
    const report = await after(estate, 25, () => night(rotated));
    expect(report).toMatchObject({ verdict: 'acted' });
    expect(JSON.stringify(report.detail)).not.toContain('usesOfOld');
    expect(await cache.logsIn(cache.first)).toBe(false);
  });

  it('refuses in report mode, and asks ElastiCache for no change', async () => {
    const before = changes().length;
    const [report] = await turn({ mode: 'report' });
    expect(report).toMatchObject({ verdict: 'refused', threw: true });
    expect(changes()).toHaveLength(before);
  });

  it('F19 refuses while the cache is gone, in the night and in a step', async () => {
    const gone = cache.deployedWith({ server: { hosts: ['127.0.0.1'], port: 1 } });
    const report = await night(gone);
    expect(report.findings).toMatchObject([
      {
        severity: 'critical',
        target: expect.stringContaining('(look)'),
        what: expect.stringContaining('ECONNREFUSED'),
      },
    ]);
    const steps = await rotate(estate, gone, { secretArn: cache.secretArn });
    expect(verdicts(steps)).toEqual([expect.stringContaining('ECONNREFUSED')]);
  });
});

describeWithRedis('a user of ElastiCache that is not as it should be', () => {
  let estate: Estate;
  let redis: Redis;
  let cache: Ground;
  beforeAll(async () => {
    estate = await startEstate();
    redis = await startCache();
    cache = await plantCache(estate, redis, USER);
  });
  afterAll(async () => {
    await redis?.stop();
    await estate?.stop();
  });

  it('F42 that has a second password nobody stored is refused a third, and keeps both', async () => {
    await cache.reset([STRANGER, USER.first]);
    const reports = await rotate(estate, cache.rotated, { secretArn: cache.secretArn });
    expect(reports.map(({ because }) => because)).toEqual([expect.stringContaining('has two passwords already')]);
    expect(await cache.logsIn({ password: STRANGER })).toBe(true);
    expect(await cache.logsIn(cache.first)).toBe(true);
    const report = await call(estate, cache.rotated);
    expect(report.findings.map(({ what }) => what)).toEqual([
      expect.stringContaining('a rotation would be refused now'),
    ]);
  });

  it('F42 that gets one between two steps is refused as well', async () => {
    await cache.reset();
    const token = beginRotation(estate.aws, cache.secretArn);
    await rotate(estate, cache.rotated, { secretArn: cache.secretArn, token, until: 'createSecret' });
    USER.plant(estate, { valid: [STRANGER, USER.first], apply: async () => {} });
    const report = await call(estate, cache.rotated, { event: stepEvent(cache.secretArn, 'setSecret', token) });
    expect(report.because).toContain('has two passwords already');
    expect(await cache.logsIn(cache.first)).toBe(true);
  });

  it.each([
    ['another name', { id: 'cart-app-id', name: 'somebody', passwords: { valid: [], apply: async () => {} } }, 'name'],
    ['IAM in place of a password', { id: 'cart-app-id', name: 'cart-app' }, 'has no password (iam)'],
  ])('F39 that has %s is refused', async (_what, user, said) => {
    await cache.reset();
    estate.aws.createCacheUser(user);
    const reports = await rotate(estate, cache.rotated, { secretArn: cache.secretArn });
    expect(reports.map(({ because }) => because)).toEqual([expect.stringContaining(said)]);
  });
});

describe('an AUTH token', () => {
  it('F39 of a group that has none is not its first', async () => {
    const estate = await startEstate();
    try {
      estate.aws.createReplicationGroup({ id: 'cart', nodeGroups: ['0001'], snapshotRetentionDays: 1 });
      const secretArn = estate.aws.createSecret('cart/none', JSON.stringify({ password: TOKEN.first }));
      const settings = {
        secrets: [{ secretArn, maxAgeDays: 32, server: { hosts: ['127.0.0.1'], port: 1 }, ...TOKEN.own }],
      };
      const reports = await rotate(estate, { kind: TOKEN.kind, handler: TOKEN.handler, settings }, { secretArn });
      expect(reports.map(({ because }) => because)).toEqual(['The replication group cart has no AUTH token.']);
    } finally {
      await estate.stop();
    }
  });
});
