import { describe, expect, it } from 'vitest';
import { millisecondsSince, momentOf } from '../../../functions/credential-rotation/moment.ts';
import { newPassword } from '../../../functions/credential-rotation/password.ts';

const storeAt = (iso: string) => ({ now: () => new Date(iso) });

describe('F18 how long something took', () => {
  const began = momentOf(storeAt('2026-05-01T03:00:00Z'), 1_000_000);

  it('is told in milliseconds by our own clocks, where the store’s agrees within its seconds', () => {
    expect(millisecondsSince(began, storeAt('2026-05-01T03:00:01Z'), 1_000_840)).toBe(840);
  });

  it('is told by the store’s where two functions’ clocks are two hours apart', () => {
    const twoHours = 2 * 3_600_000;
    expect(millisecondsSince(began, storeAt('2026-05-01T03:00:03Z'), 1_000_000 + twoHours)).toBe(3_000);
    expect(millisecondsSince(began, storeAt('2026-05-01T03:00:03Z'), 1_000_000 - twoHours)).toBe(3_000);
  });

  it('is never negative', () => {
    expect(millisecondsSince(began, storeAt('2026-05-01T02:59:59Z'), 999_700)).toBe(0);
  });
});

describe('F34 a fresh password', () => {
  const passwords = Array.from({ length: 500 }, () => newPassword());

  it('is 32 characters that mean nothing to a URL, a password file, JSON or a shell', () => {
    for (const password of passwords) {
      expect(password).toMatch(/^[A-Za-z0-9]{32}$/);
      expect(new URL(`postgres://app:${password}@db/app`).password).toBe(password);
      expect(JSON.parse(JSON.stringify({ password })).password).toBe(password);
      expect(`db:5432:app:app:${password}`.split(':')).toHaveLength(5);
    }
  });

  it('is never the same twice, and uses the whole alphabet', () => {
    expect(new Set(passwords).size).toBe(passwords.length);
    expect(new Set(passwords.join('')).size).toBe(62);
  });
});
