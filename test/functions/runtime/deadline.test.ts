import { describe, expect, it } from 'vitest';
import { deadlineOf } from '../../../functions/runtime/deadline.ts';

const at = (remainingMs: number) => deadlineOf({ getRemainingTimeInMillis: () => remainingMs });

describe('the time that is left', () => {
  it('F04 is for work but for ten seconds, which are for the report', () => {
    expect(at(60_000).workMs()).toBe(50_000);
    expect(at(60_000).remainingMs()).toBe(60_000);
  });

  it('F04 is none for work when only the report’s is left', () => {
    for (const remaining of [10_000, 9_999, 0]) expect(at(remaining).workMs()).toBe(0);
  });
});
