import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Listed } from '../../../../functions/credential-rotation/http-api/api.ts';
import { judgeCredentials, type Made } from '../../../../functions/credential-rotation/http-api/decide-credentials.ts';

const AT = new Date('2026-11-01T00:00:00Z');
const ids = ['1', '2', '3', '4', '5'];
const some = fc.subarray(ids);

const listed = fc.record({
  isActive: fc.boolean(),
  createdAt: fc.integer({ min: -600_000, max: 600_000 }).map((ms) => new Date(AT.getTime() + ms)),
  description: fc.constantFrom('', '', 'a person’s'),
  mayDeactivate: fc.constant(true),
});

const facts = fc
  .record({
    credentials: fc.tuple(...ids.map((id) => listed.map((one) => ({ id, token: `token ${id}`, ...one })))),
    previous: fc.option(fc.constant('token 2'), { nil: undefined }),
    making: fc.option(fc.record({ before: some, at: fc.constant(AT.toISOString()) }), { nil: undefined }),
    fresh: fc.option(fc.constantFrom(...ids), { nil: undefined }),
    made: some,
    overlaps: fc.boolean(),
    there: some,
  })
  .map(({ credentials, making, fresh, made, there, ...rest }) => {
    const record: Made = { made, ...(making && { making }), ...(fresh && { fresh }) };
    const left = credentials.filter(({ id }) => id === '1' || there.includes(id));
    return { listing: { credentials: left, ids, at: AT }, current: 'token 1', record, ...rest };
  });

type Given = Parameters<typeof judgeCredentials>[0];

const removedOf = (given: Given) => {
  const judged = judgeCredentials(given);
  return judged.is === 'clear' ? judged.remove : [];
};

function isCertainlyOurs({ record }: Given, { id, isActive, description, createdAt }: Listed): boolean {
  // One that was in use once, and is active, is somebody’s.
  if (record.fresh === id || record.made.includes(id)) return record.fresh === id || !isActive;
  const isNew = record.making?.before.includes(id) === false;
  return isNew && description === '' && createdAt.getTime() - AT.getTime() <= 180_000;
}

describe('F42 what may be removed', () => {
  it('is never what a stored version holds and somebody may use, and never more than certainly ours', () => {
    let removed = 0;
    fc.assert(
      fc.property(facts, (given) => {
        for (const one of removedOf(given)) {
          removed += 1;
          expect(one.token).not.toBe('token 1');
          expect(one.token === given.previous && one.isActive).toBe(false);
          expect([one, isCertainlyOurs(given, one)]).toEqual([one, true]);
        }
      }),
      { numRuns: 5_000 },
    );
    expect(removed).toBeGreaterThan(100);
  });

  it('leaves at most the current one active before another is made, and the one before it through the overlap', () => {
    fc.assert(
      fc.property(facts, (given) => {
        const judged = judgeCredentials(given);
        if (judged.is === 'refused') return;
        const { overlaps, previous, listing } = given;
        const left = listing.credentials.filter((one) => one.isActive && !judged.remove.includes(one));
        const allowed = ['token 1', ...(overlaps && previous ? [previous] : [])];
        expect(left.map(({ token }) => token).filter((token) => !allowed.includes(token))).toEqual([]);
        expect(left.map(({ token }) => token)).toContain('token 1');
      }),
      { numRuns: 5_000 },
    );
  });
});
