import { describe, expect, it } from 'vitest';
import {
  type Facts,
  judgeSecret,
  type Policy,
  type Tried,
} from '../../../functions/credential-rotation/decide-secret.ts';
import { SECRET_ARN, secretWith } from './described.ts';

const HOUR_MS = 3_600_000;
const now = new Date('2026-05-03T03:00:00Z');
const hoursAgo = (hours: number) => new Date(now.getTime() - hours * HOUR_MS);

const LABELS = { now: ['AWSCURRENT'], old: ['AWSPREVIOUS'] };
/** Rotated two days ago, told of, and with an old credential that nobody uses. */
const ROTATED = {
  switched: { versionId: 'now', from: 'old', at: hoursAgo(48).toISOString() },
  toldOf: 'now',
};
const WORKS: Tried = { current: 'works', uses: [] };

function judged(of: Partial<Facts> = {}, policy: Partial<Policy> = {}) {
  const { findings, due } = judgeSecret(
    {
      entry: { secretArn: SECRET_ARN, maxAgeDays: 32, consumers: [] },
      described: secretWith(LABELS),
      noted: ROTATED,
      tried: WORKS,
      ...of,
    },
    { now, mustRotate: true, overlapHours: 24, retireNow: false, ...policy },
  );
  return {
    findings: findings.map(({ target }) => target.replace(/^.* /, '')),
    due: due && `${due.act} ${due.versionId}`,
  };
}

describe('what is due of a secret', () => {
  it('F43 the end of the old credential, once its overlap is over', () => {
    expect(judged()).toEqual({ findings: [], due: 'retire old' });
    const justNow = { switched: { ...ROTATED.switched, at: hoursAgo(23).toISOString() }, toldOf: 'now' };
    expect(judged({ noted: justNow }).due).toBeUndefined();
    expect(judged({ noted: justNow }, { retireNow: true }).due).toBe('retire old');
  });

  it.each([
    ['where two cannot live', {}, { overlapHours: undefined }],
    ['where nobody noted the switch', { noted: { toldOf: 'now' } }, {}],
    ['of a switch to another version', { noted: { switched: { ...ROTATED.switched, versionId: 'x' } } }, {}],
    ['of a switch from another version', { noted: { ...ROTATED, switched: { ...ROTATED.switched, from: 'x' } } }, {}],
    ['that was proved dead already', { noted: { ...ROTATED, retired: 'old' } }, {}],
    ['in report mode, which may not try it', { tried: undefined }, {}],
  ] as [string, Partial<Facts>, Partial<Policy>][])('nothing of an old credential %s', (_, of, policy) => {
    expect(judged(of, policy)).toEqual({ findings: [], due: undefined });
  });

  it('F44 nothing of an old credential while another rotation stands half-way, not even when asked for by hand', () => {
    const described = secretWith({ ...LABELS, next: ['AWSPENDING'] }, { changedAt: hoursAgo(0.5) });
    expect(judged({ described }, { retireNow: true })).toEqual({ findings: [], due: undefined });
  });

  it('F43 nothing while a session or a consumer delays it, which is a finding', () => {
    const uses = [{ who: 'the old worker' }];
    expect(judged({ tried: { ...WORKS, uses } })).toEqual({ findings: ['credential)'], due: undefined });
    const entry = { secretArn: SECRET_ARN, maxAgeDays: 32, consumers: ['worker'] };
    expect(judged({ entry })).toEqual({ findings: ['credential)'], due: undefined });
    const described = secretWith(LABELS, { tags: new Map([['nightshift:uses/worker', 'now']]) });
    expect(judged({ entry, described })).toEqual({ findings: [], due: 'retire old' });
  });

  it('F31 the end of what stands half-way goes before the end of what is old', () => {
    const described = secretWith({ ...LABELS, next: ['AWSPENDING'] }, { changedAt: hoursAgo(2) });
    const due = (tried: Tried) => judged({ described, tried }).due;
    expect(due({ current: 'works', pending: 'works' })).toBe('finish next');
    expect(due({ current: 'works', pending: 'is wrong' })).toBe('drop next');
    expect(due({ current: 'is wrong', pending: 'is wrong' })).toBeUndefined();
    expect(due({ current: 'unusable', pending: 'unusable' })).toBeUndefined();
  });
});

describe('what is told of a secret', () => {
  it('that nothing rotates it, where that was deployed', () => {
    const described = secretWith({ now: ['AWSCURRENT'] }, { rotates: false });
    expect(judged({ described }).findings).toEqual(['(schedule)']);
    expect(judged({ described }, { mustRotate: false }).findings).toEqual([]);
  });

  it('F18 that it is overdue, where its age is known', () => {
    const overdue = (changedAt?: Date) => judged({ described: secretWith(LABELS, { changedAt }), noted: {} }).findings;
    expect(overdue(hoursAgo(33 * 24))).toEqual(['(overdue)']);
    expect(overdue(hoursAgo(31 * 24))).toEqual([]);
    expect(overdue()).toEqual([]);
  });
});
