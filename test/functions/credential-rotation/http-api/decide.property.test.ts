import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
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

describe('F42 what may be removed', () => {
  it('is never what a stored version holds and somebody may use, and never more than certainly ours', () => {
    let cleared = 0;
    fc.assert(
      fc.property(facts, (given) => {
        const judged = judgeCredentials(given);
        if (judged.is === 'refused') return;
        const { record, previous } = given;
        for (const one of judged.remove) {
          cleared += 1;
          expect(one.token).not.toBe('token 1');
          if (one.token === previous) expect(one.isActive).toBe(false);
          const isOurs = record.fresh === one.id || record.made.includes(one.id);
          const isLost = record.making?.before.includes(one.id) === false && one.description === '';
          expect(isOurs || isLost).toBe(true);
          // One that was in use once, and is active, is somebody’s.
          if (record.made.includes(one.id) && record.fresh !== one.id) expect(one.isActive).toBe(false);
          if (!isOurs) expect(one.createdAt.getTime() - AT.getTime()).toBeLessThanOrEqual(180_000);
        }
      }),
      { numRuns: 5_000 },
    );
    expect(cleared).toBeGreaterThan(100);
  });

  it('leaves at most the current one active before another is made, and the one before it through the overlap', () => {
    fc.assert(
      fc.property(facts, (given) => {
        const judged = judgeCredentials(given);
        if (judged.is === 'refused') return;
        const left = given.listing.credentials.filter((one) => one.isActive && !judged.remove.includes(one));
        const tokens = left.map(({ token }) => token);
        expect(tokens.filter((token) => token !== 'token 1' && !(given.overlaps && token === given.previous))).toEqual(
          [],
        );
        expect(tokens).toContain('token 1');
      }),
      { numRuns: 5_000 },
    );
  });
});
