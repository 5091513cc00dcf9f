import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Policy } from '../../../functions/inactive-key-audit/contract.ts';
import { frameOf, judge, type KeyFacts } from '../../../functions/inactive-key-audit/decide.ts';
import { ago, NOW, policyOf } from './key-facts.ts';

const DAY_SECONDS = 86_400;
const RUNS = { numRuns: 500 };

const seconds = fc.integer({ min: ago(2_000), max: ago(-30) });
const time = fc.oneof(
  { weight: 8, arbitrary: seconds },
  { weight: 1, arbitrary: fc.constant(undefined) },
  { weight: 1, arbitrary: fc.constantFrom(Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY) },
);

const keys: fc.Arbitrary<KeyFacts> = fc.record({
  keyId: fc.constantFrom('KEY', 'EXEMPT'),
  owner: fc.constantFrom('7', '8', undefined),
  ownerName: fc.constantFrom('ada', 'backup-agent'),
  ownerActive: fc.boolean(),
  createdAt: time,
  lastUsedAt: time,
  expiresAt: time,
  active: fc.boolean(),
  ownerActiveKeys: fc.integer({ min: 0, max: 5 }),
  ownerLatest: time,
});

const policies: fc.Arbitrary<Policy> = fc
  .record({
    warnAtDays: fc.integer({ min: 1, max: 100 }),
    extraDays: fc.integer({ min: 1, max: 100 }),
    graceDays: fc.integer({ min: 1, max: 60 }),
    trackingSince: fc.constantFrom('2020-01-01', '2026-01-01', '2026-06-14', '2027-01-01'),
    maxActiveKeysPerOwner: fc.integer({ min: 1, max: 3 }),
    disableLastActiveKey: fc.boolean(),
  })
  .map(({ extraDays, ...policy }) =>
    policyOf({
      ...policy,
      maxIdleDays: policy.warnAtDays + extraDays,
      exemptKeys: ['EXEMPT'],
      exemptOwners: ['8', 'backup-agent'],
    }),
  );

const warnings = fc.oneof(seconds, fc.constant(undefined));

/** Every way of being told to turn a key off, so that each property is asked of hundreds of them. */
const disabled = fc
  .record({ key: keys, policy: policies, warnedAt: warnings })
  .filter(({ key, policy, warnedAt }) => judge(key, warnedAt, frameOf(policy, NOW)).act === 'disable');

const latest = (...times: (number | undefined)[]) => Math.max(...times.map((at) => at ?? Number.NEGATIVE_INFINITY));

describe('a key that is to be turned off, whatever the policy', () => {
  it('F92 is active and exempt by no name', () => {
    fc.assert(
      fc.property(disabled, ({ key }) => {
        expect(key.active).toBe(true);
        expect(key.keyId).not.toBe('EXEMPT');
        expect(key.owner).not.toBe('8');
        expect(key.ownerName).not.toBe('backup-agent');
      }),
      RUNS,
    );
  });

  it('was warned about, at least graceDays ago', () => {
    fc.assert(
      fc.property(disabled, ({ policy, warnedAt }) => {
        expect(warnedAt).toBeLessThanOrEqual(NOW - policy.graceDays * DAY_SECONDS);
      }),
      RUNS,
    );
  });

  it('F18 F90 was neither used nor made, as far as anybody knows, within maxIdleDays', () => {
    fc.assert(
      fc.property(disabled, ({ key, policy }) => {
        const newest = latest(key.createdAt, key.lastUsedAt);
        expect(Number.isFinite(newest)).toBe(true);
        expect(newest).toBeLessThanOrEqual(NOW - policy.maxIdleDays * DAY_SECONDS);
        if (key.lastUsedAt !== undefined) return;
        expect(Date.parse(policy.trackingSince) / 1000).toBeLessThanOrEqual(NOW - policy.maxIdleDays * DAY_SECONDS);
      }),
      RUNS,
    );
  });

  it('F92 leaves its owner a more recently used one, unless settings say otherwise', () => {
    fc.assert(
      fc.property(disabled, ({ key, policy }) => {
        fc.pre(!policy.disableLastActiveKey);
        expect(key.ownerActiveKeys).toBeGreaterThan(1);
        expect(key.ownerLatest).toBeGreaterThan(latest(key.createdAt, key.lastUsedAt));
      }),
      RUNS,
    );
  });
});

describe('growing older', () => {
  const olderBy = fc.integer({ min: 0, max: 400 * DAY_SECONDS });
  const older = (at: number | undefined, by: number) => (at === undefined ? undefined : at - by);

  it('never ranks a key better, nor makes a warned one be warned again', () => {
    fc.assert(
      fc.property(keys, policies, warnings, olderBy, (key, policy, warnedAt, by) => {
        const frame = frameOf(policy, NOW);
        const aged = { ...key, createdAt: older(key.createdAt, by), lastUsedAt: older(key.lastUsedAt, by) };
        const [before, after] = [judge(key, warnedAt, frame), judge(aged, warnedAt, frame)];
        expect(after.idleDays).toBeGreaterThanOrEqual(before.idleDays);
        expect(after.rank).toBeGreaterThanOrEqual(before.rank);
        if (warnedAt !== undefined) expect(after.act).not.toBe('warn');
      }),
      RUNS,
    );
  });

  it('changes nothing for a key that is exempt or off', () => {
    fc.assert(
      fc.property(keys, policies, warnings, (key, policy, warnedAt) => {
        const exempt = judge({ ...key, keyId: 'EXEMPT' }, warnedAt, frameOf(policy, NOW));
        expect(exempt).toMatchObject({ verdict: key.active ? 'exempt' : 'off', rank: 0, act: 'none' });
      }),
      RUNS,
    );
  });
});

describe('any judgement', () => {
  it('has a rank exactly where it has a finding, and whole idle days that are not negative', () => {
    fc.assert(
      fc.property(keys, policies, warnings, (key, policy, warnedAt) => {
        const { finding, rank, idleDays } = judge(key, warnedAt, frameOf(policy, NOW));
        expect(rank > 0).toBe(finding !== undefined);
        expect(Number.isSafeInteger(idleDays) && idleDays >= 0).toBe(true);
        if (finding) expect(finding.what && finding.remedy).toBeTruthy();
      }),
      RUNS,
    );
  });
});
