import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Estate, startEstate } from '../../../local/estate.ts';
import { call } from '../invocation.ts';
import { asOwner, passDays, readLedger } from '../time.ts';
import {
  activeKeys,
  emptyBucket,
  insertKeys,
  keyId,
  keysOff,
  plantDue,
  reset,
  roomy,
  stored,
  storedReports,
  targets,
} from './keys.ts';

let estate: Estate;
beforeAll(async () => {
  estate = await startEstate();
});
afterAll(() => estate?.stop());

const enforce = () => call(estate, { mode: 'enforce', edit: roomy });
const idle = keyId('idle');
const busy = keyId('busy');
const memoOf = (target: string) => readLedger(estate).find((entry) => entry.target === target)?.memo;

/** One owner with a busy key, and another that has been idle for so many days. */
async function plantIdle(usedDaysAgo: number): Promise<void> {
  await reset(estate);
  await insertKeys(estate, [
    { owner: 'ada', keyId: busy, usedDaysAgo: 1 },
    { owner: 'ada', keyId: idle, usedDaysAgo },
  ]);
}

const useKey = (id: string) =>
  asOwner(estate, 'UPDATE access_keys SET last_used_at = now() WHERE access_key_id = $1', [id]);

/** The owner’s other key is used all the while. */
async function elapse(days: number): Promise<void> {
  await passDays(estate, days);
  await useKey(busy);
}

describe('an idle key, night after night', () => {
  it('is warned about once, kept through the grace, then turned off, and nothing else is', async () => {
    await plantIdle(100);
    const before = estate.aws.published().length;
    expect((await enforce()).findings[0]).toMatchObject({ target: idle, what: expect.stringContaining('was warned') });
    const warnedAt = memoOf(idle);
    expect(Number(warnedAt)).toBeGreaterThan(Date.now() / 1000 - 60);
    expect(estate.aws.published()).toHaveLength(before + 1);

    const again = await enforce();
    expect([again.verdict, memoOf(idle)]).toEqual(['findings', warnedAt]);
    expect(estate.aws.published()).toHaveLength(before + 1);

    await elapse(13);
    expect(await enforce()).toMatchObject({ verdict: 'findings', outcomes: [] });
    expect(await keysOff(estate)).toEqual([]);

    await elapse(1);
    const last = await enforce();
    expect(last.verdict).toBe('acted');
    expect(last.outcomes).toEqual([
      {
        target: idle,
        action: 'disable',
        why: 'idle for 114 days, and the grace after its warning is over',
        status: 'done',
      },
    ]);
    expect([await keysOff(estate), await activeKeys(estate)]).toEqual([[idle], [busy]]);
    expect(await enforce()).toMatchObject({ verdict: 'clean', outcomes: [], findings: [] });
  });

  it('F92 is never warned about in report mode, so its grace begins with enforcing', async () => {
    await plantIdle(100);
    expect(await call(estate, { edit: roomy })).toMatchObject({ detail: { plan: { warn: 1, disable: 0 } } });
    expect(memoOf(idle)).toBeUndefined();
    await elapse(100);
    expect(await enforce()).toMatchObject({
      verdict: 'findings',
      outcomes: [],
      detail: { plan: { warn: 1, disable: 0 } },
    });
  });

  it('is warned anew where it was used after the warning', async () => {
    await plantIdle(100);
    await enforce();
    await useKey(idle);
    expect((await enforce()).verdict).toBe('clean');
    await elapse(100);
    expect(await enforce()).toMatchObject({ outcomes: [], detail: { plan: { warn: 1 } } });
  });

  it.each([
    ['its owner is inactive', `UPDATE users SET is_active = false`],
    [
      'it is past its expiry',
      `UPDATE access_keys SET expires_at = now() - interval '1 day' WHERE access_key_id = '${idle}'`,
    ],
  ])('is warned anew where it was used after the warning, also if %s', async (_, sql) => {
    await plantIdle(100);
    await asOwner(estate, sql);
    await enforce();
    expect(memoOf(idle)).toBeDefined();
    await useKey(idle);
    await enforce();
    expect(memoOf(idle)).toBeUndefined();
    await elapse(100);
    expect(await enforce()).toMatchObject({ outcomes: [], detail: { plan: { warn: 1, disable: 0 } } });
    expect(await keysOff(estate)).toEqual([]);
  });

  it('is told to people when it is warned about, although something worse was known of it', async () => {
    await plantIdle(100);
    await asOwner(estate, `UPDATE users SET is_active = false`);
    await call(estate, { edit: roomy });
    const before = estate.aws.published().length;
    await enforce();
    const told = estate.aws.published().slice(before);
    expect(told.map(({ message }) => message).join()).toContain('14 days after the warning it is turned off');
  });
});

describe('the dry run', () => {
  it('F12 changes no row, and its plan is byte for byte what enforcing then carries out', async () => {
    const due = await plantDue(estate, { ada: 2, grace: 1 });
    const rows = () => asOwner(estate, 'SELECT xmin::text, ctid::text, * FROM access_keys ORDER BY id');
    const before = await rows();
    const dry = await call(estate, { mode: 'enforce', edit: roomy, event: { mode: 'report' } });
    expect(await rows()).toEqual(before);
    expect([dry.mode, dry.verdict, targets(dry, 'planned')]).toEqual(['report', 'findings', due]);
    const planned = stored(estate, dry, 'plan.jsonl').toString();

    const real = await enforce();
    expect(stored(estate, real, 'plan.jsonl').toString()).toBe(planned);
    expect(targets(real, 'done')).toEqual(due);
    expect(real.detail).toEqual({ ...(dry.detail as object), review: expect.any(String) });
    expect(await keysOff(estate)).toEqual(due);
  });
});

describe('F02 two runs at once', () => {
  it('turn each key off once, and the one that comes second says who holds the lease', async () => {
    const due = await plantDue(estate, { ada: 2 });
    const reports = await Promise.all([enforce(), enforce()]);
    expect(reports.map(({ verdict }) => verdict).toSorted()).toEqual(['acted', 'skipped']);
    const skipped = reports.find(({ verdict }) => verdict === 'skipped');
    expect(skipped?.because).toMatch(/holds the lease|took the lease at the same moment/);
    expect(reports.flatMap((report) => targets(report, 'done'))).toEqual(due);
    expect(await keysOff(estate)).toEqual(due);
  });
});

describe('F01 the same event twice', () => {
  it('acts once', async () => {
    const due = await plantDue(estate, { ada: 1 });
    const twice = { mode: 'enforce', edit: roomy, requestId: 'one-request' } as const;
    expect((await call(estate, twice)).verdict).toBe('acted');
    const second = await call(estate, twice);
    expect(second).toMatchObject({ verdict: 'skipped', because: expect.stringContaining('already handled by run') });
    expect(await keysOff(estate)).toEqual(due);
    expect(storedReports(estate)).toHaveLength(2);
  });
});

describe('a key that belongs to nobody', () => {
  it('is turned off where settings allow it for an owner’s last key', async () => {
    await plantIdle(200);
    await asOwner(estate, 'ALTER TABLE access_keys ALTER user_id DROP NOT NULL');
    await asOwner(estate, 'UPDATE access_keys SET user_id = NULL WHERE access_key_id = $1', [idle]);
    emptyBucket(estate);
    await enforce();
    await elapse(14);
    expect(await enforce()).toMatchObject({ verdict: 'findings', outcomes: [] });
    const bold = await call(estate, {
      mode: 'enforce',
      edit: (deployment) => {
        roomy(deployment);
        deployment.settings.policy.disableLastActiveKey = true;
      },
    });
    expect(targets(bold, 'done')).toEqual([idle]);
    await reset(estate);
    await asOwner(estate, 'ALTER TABLE access_keys ALTER user_id SET NOT NULL');
  });
});
