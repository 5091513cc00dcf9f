import { describe, expect, it } from 'vitest';
import { ago, judged } from './key-facts.ts';

const idle = (days: number) => ({ lastUsedAt: ago(days), createdAt: ago(900) });

describe('the verdict on one key', () => {
  it('is “in use”, without a finding, for a key used yesterday', () => {
    expect(judged({})).toEqual({ verdict: 'in use', idleDays: 1, rank: 0, act: 'none' });
  });

  it.each([
    ['off', { active: false, ...idle(400) }],
    ['exempt', { ...idle(400), policy: { exemptKeys: ['KEY'] } }],
    ['exempt', { ...idle(400), policy: { exemptOwners: ['ada'] } }],
    ['exempt', { ...idle(400), policy: { exemptOwners: ['7'] } }],
  ])('F92 is “%s” for a key that is to be left alone, however old', (verdict, facts) => {
    expect(judged({ ...facts, warnedAt: ago(100) })).toEqual({ verdict, idleDays: 400, rank: 0, act: 'none' });
  });

  it('is “one of many” where the owner has more active keys than allowed', () => {
    expect(judged({ ownerActiveKeys: 3 })).toMatchObject({
      verdict: 'one of many',
      finding: {
        severity: 'info',
        target: 'KEY',
        what: 'ada has 3 active keys; 2 are allowed',
        remedy: 'Ask the owner which keys are still needed, and turn the others off.',
      },
    });
  });

  it('is “soon idle” from warnAtDays on, and the owner is to be warned', () => {
    expect(judged(idle(74)).verdict).toBe('in use');
    expect(judged(idle(75))).toMatchObject({
      verdict: 'soon idle',
      act: 'warn',
      finding: {
        severity: 'info',
        what: 'ada’s key has been idle for 75 days; at 90 it counts as idle',
        remedy: 'Ask the owner whether the key is still needed; using it once is enough to keep it.',
      },
    });
  });

  it('is “idle” from maxIdleDays on', () => {
    expect(judged(idle(89)).verdict).toBe('soon idle');
    expect(judged(idle(90))).toMatchObject({
      verdict: 'idle',
      act: 'warn',
      finding: {
        severity: 'warning',
        what: 'ada’s key has been idle for 90 days; 90 are allowed',
        remedy: 'Ask the owner whether the key is still needed, or list it in policy.exemptKeys.',
      },
    });
  });

  it('is “never used” for a key that was made under tracking and never used', () => {
    expect(judged({ createdAt: ago(130), lastUsedAt: undefined })).toMatchObject({
      verdict: 'never used',
      finding: {
        severity: 'warning',
        what: 'ada’s key was made 130 days ago and has never been used',
        remedy: 'Ask the owner why it was made; turn it off if nobody knows.',
      },
    });
  });

  it('is “warned” while the grace lasts, and nobody is warned twice', () => {
    expect(judged({ ...idle(95), warnedAt: ago(5) })).toMatchObject({
      verdict: 'warned',
      act: 'none',
      finding: {
        severity: 'warning',
        what: 'ada’s key has been idle for 95 days, and its owner was warned',
        remedy: 'Use the key or exempt it; 14 days after the warning, an idle key is turned off.',
      },
    });
  });

  it('is “past its expiry” for an active key whose expiry is over', () => {
    expect(judged({ expiresAt: ago(3) })).toMatchObject({
      verdict: 'past its expiry',
      act: 'none',
      finding: {
        severity: 'warning',
        what: 'ada’s key is active although it expired on 2026-06-12',
        remedy: 'Turn the key off, or correct its expiry; find out why the system still accepts it.',
      },
    });
    expect(judged({ expiresAt: ago(-1) }).verdict).toBe('in use');
  });

  it('is “owner inactive” for an active key of an owner who is not', () => {
    expect(judged({ ownerActive: false })).toMatchObject({
      verdict: 'owner inactive',
      act: 'none',
      finding: {
        severity: 'warning',
        what: 'ada is no longer active, but this key of theirs still is',
        remedy: 'Turn the key off, or hand it to an owner who is there.',
      },
    });
  });

  it('is “past grace”, and the key is to be turned off, once idle and warned for as long as the grace', () => {
    expect(judged({ ...idle(95), warnedAt: ago(14) + 1 }).verdict).toBe('warned');
    expect(judged({ ...idle(95), warnedAt: ago(14) })).toMatchObject({
      verdict: 'past grace',
      act: 'disable',
      finding: {
        severity: 'critical',
        what: 'ada’s key has been idle for 95 days, and the grace after its warning is over',
        remedy: expect.stringContaining('"restore"'),
      },
    });
  });

  it('waits for maxIdleDays although the grace after an early warning is over', () => {
    expect(judged({ ...idle(89), warnedAt: ago(14) })).toMatchObject({ verdict: 'warned', act: 'none' });
  });
});

describe('a key that two things are true of', () => {
  it('is called by the worst', () => {
    expect(judged({ ...idle(100), ownerActive: false, expiresAt: ago(1) }).verdict).toBe('owner inactive');
    expect(judged({ ...idle(100), expiresAt: ago(1), ownerActiveKeys: 9 }).verdict).toBe('past its expiry');
    expect(judged({ ...idle(100), ownerActive: false, warnedAt: ago(20) }).verdict).toBe('past grace');
  });

  it('says that it is idle as well once its owner is warned, as news', () => {
    const before = judged({ ...idle(100), ownerActive: false });
    const after = judged({ ...idle(100), ownerActive: false, warnedAt: ago(1) });
    expect(before.act).toBe('warn');
    expect(after.finding?.remedy).toContain('14 days after the warning it is turned off');
    expect(after.rank).toBeGreaterThan(before.rank);
  });
});

describe('severity', () => {
  it('rises with age: a warning about a key idle for twice the limit is critical', () => {
    expect(judged(idle(179)).finding?.severity).toBe('warning');
    expect(judged(idle(180)).finding?.severity).toBe('critical');
    expect(judged(idle(180)).rank).toBeGreaterThan(judged(idle(179)).rank);
  });

  it('stays “info” for one key of many, and “critical” past the grace', () => {
    expect(judged({ ownerActiveKeys: 30 }).finding?.severity).toBe('info');
    expect(judged({ ...idle(91), warnedAt: ago(20) }).finding?.severity).toBe('critical');
  });
});
