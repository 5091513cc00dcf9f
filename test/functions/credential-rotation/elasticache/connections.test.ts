import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from 'node:tls';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { Secret as Token } from '../../../../functions/credential-rotation/elasticache-auth-token/contract.ts';
import { elasticacheAuthToken } from '../../../../functions/credential-rotation/elasticache-auth-token/kind.ts';
import { Secret as User } from '../../../../functions/credential-rotation/elasticache-user/contract.ts';
import { elasticacheUser } from '../../../../functions/credential-rotation/elasticache-user/kind.ts';
import type { Subject, Target } from '../../../../functions/credential-rotation/kind.ts';
import { type Estate, startEstate } from '../../../../local/estate.ts';
import type { Redis } from '../../../../local/redis/server.ts';
import { describeWithRedis, type Ground, plantCache, startCache, TOKEN, USER } from './ground.ts';

/** Redis tells ages in whole seconds. */
const LIVES_MS = 3_100;
const lately = () => new Date(Date.now() - 1_600);
const SECOND = 'the-password-that-is-new-0123456';

describeWithRedis.each([USER, TOKEN])('F43 who is connected with the old password of an $kind', (side) => {
  let estate: Estate;
  let redis: Redis;
  let cache: Ground;
  let target: Target;
  beforeAll(async () => {
    estate = await startEstate();
    redis = await startCache();
    cache = await plantCache(estate, redis, side);
    Object.assign(process.env, estate.environmentOf(`credential-rotation-${side.kind} enforce`));
    const entry = (cache.rotated.settings as { secrets: object[] }).secrets[0];
    const run = { deadline: { remainingMs: () => 60_000, workMs: () => 50_000 }, store: { now: () => new Date() } };
    // What else a run has is not asked for.
    const subject = { run, notes: { now: () => ({}) } } as unknown as Subject;
    target =
      side === USER
        ? elasticacheUser({ ...subject, entry: User.parse(entry) } as never)
        : elasticacheAuthToken({ ...subject, entry: Token.parse(entry) } as never);
  });
  afterAll(async () => {
    await redis?.stop();
    await estate?.stop();
  });
  beforeEach(() => cache.reset([side.first, SECOND]));

  const read = (password: string) => target.read(JSON.stringify({ password }));
  const old = (switchedAt: Date) => ({ previous: read(side.first), current: read(SECOND), switchedAt });

  it('is seen from the time before the switch, and only of this user', async () => {
    const worker = await connected(side.user, side.first);
    const other = await connected('nightshift-other', 'somebody-else');
    try {
      await sleep(LIVES_MS);
      const uses = await target.uses?.(old(lately()));
      // Both endpoints are this one server, and each of them tells of both.
      expect(new Set(uses?.map(({ who }) => who)).size).toBe(2);
      for (const { who } of uses ?? []) expect(who).toContain(`the connection of 127.0.0.1:${worker.localPort} to `);
      expect(await target.uses?.(old(new Date(Date.now() - 60_000)))).toEqual([]);
    } finally {
      worker.destroy();
      other.destroy();
    }
  });

  it('keeps the old password alive, unless it is to end at once', async () => {
    const worker = await connected(side.user, side.first);
    try {
      await sleep(LIVES_MS);
      const of = old(lately());
      expect(await target.revoke?.({ ...of, anyway: false })).not.toEqual([]);
      expect(await cache.logsIn({ password: side.first })).toBe(true);
      expect(await target.revoke?.({ ...of, anyway: true })).not.toEqual([]);
      expect(await cache.logsIn({ password: side.first })).toBe(false);
      expect(await cache.logsIn({ password: SECOND })).toBe(true);
    } finally {
      worker.destroy();
    }
  });

  async function connected(user: string, password: string) {
    if (user === 'nightshift-other') await redis.admin('ACL', 'SETUSER', user, 'on', `>${password}`, '+@all');
    const { host, port, caPem: ca } = redis;
    const socket = connect({ host, port, ca });
    await once(socket, 'secureConnect');
    const parts = ['AUTH', user, password].map((part) => `$${part.length}\r\n${part}\r\n`);
    socket.write(`*3\r\n${parts.join('')}`);
    expect(String((await once(socket, 'data'))[0])).toBe('+OK\r\n');
    return socket;
  }
});
