import { describe, expect, it } from 'vitest';
import { ago, judged } from './key-facts.ts';

describe('F90 a key that was never used', () => {
  const never = { lastUsedAt: undefined };

  it('is as old as its making', () => {
    expect(judged({ ...never, createdAt: ago(3) })).toMatchObject({ verdict: 'in use', idleDays: 3 });
  });

  it('is no older than the tracking of uses, and is not called “never used” before it', () => {
    const tracked = (days: number) => ({ trackingSince: new Date(ago(days) * 1000).toISOString().slice(0, 10) });
    expect(judged({ ...never, createdAt: ago(900), policy: tracked(10) })).toMatchObject({
      verdict: 'in use',
      idleDays: 10,
    });
    expect(judged({ ...never, createdAt: ago(900), policy: tracked(100) })).toMatchObject({
      verdict: 'idle',
      idleDays: 100,
    });
    expect(judged({ ...never, createdAt: ago(95), policy: tracked(100) }).verdict).toBe('never used');
  });
});

describe('F18 a key whose times are unknown or impossible', () => {
  const INFINITY = Number.POSITIVE_INFINITY;

  it.each([
    ['both unknown', { createdAt: undefined, lastUsedAt: undefined }],
    ['made in the future', { createdAt: ago(-2), lastUsedAt: undefined }],
    ['used in the future', { createdAt: ago(900), lastUsedAt: ago(-2) }],
    ['used at infinity', { createdAt: ago(900), lastUsedAt: INFINITY }],
    ['made at infinity', { createdAt: INFINITY, lastUsedAt: ago(400) }],
    ['both at -infinity', { createdAt: -INFINITY, lastUsedAt: -INFINITY }],
    ['used at -infinity, making unknown', { createdAt: undefined, lastUsedAt: -INFINITY }],
    ['made at -infinity, never used', { createdAt: -INFINITY, lastUsedAt: undefined }],
  ])('counts as new: %s', (_, times) => {
    expect(judged({ ...times, warnedAt: ago(300) })).toMatchObject({ verdict: 'in use', idleDays: 0, act: 'none' });
  });

  it('is as old as its last use where only its making is unknown', () => {
    expect(judged({ createdAt: undefined, lastUsedAt: ago(95) })).toMatchObject({ verdict: 'idle', idleDays: 95 });
    expect(judged({ createdAt: -INFINITY, lastUsedAt: ago(95) })).toMatchObject({ verdict: 'idle', idleDays: 95 });
  });
});

describe('F92 the owner’s most recently used active key', () => {
  const due = { lastUsedAt: ago(200), createdAt: ago(900), warnedAt: ago(30) };

  it('is spared, with the reason', () => {
    const spared = judged({ ...due, ownerLatest: ago(200) });
    expect(spared).toMatchObject({ verdict: 'past grace', act: 'none' });
    expect(spared.finding?.remedy).toContain('most recently used key, so it is left on');
  });

  it('is spared together with those equally old, and where it is the only one', () => {
    expect(judged({ ...due, ownerActiveKeys: 1 }).act).toBe('none');
    expect(judged({ ...due, ownerActiveKeys: 5, ownerLatest: ago(200) }).act).toBe('none');
    expect(judged({ ...due, ownerLatest: undefined }).act).toBe('none');
  });

  it('is turned off only where settings say so', () => {
    expect(judged({ ...due, ownerActiveKeys: 1, policy: { disableLastActiveKey: true } }).act).toBe('disable');
  });
});
