import { describe, expect, it } from 'vitest';
import { endingOf, endingWith, type Known } from '../../../functions/runtime/ending.ts';
import { EvidenceError, InputError, RefusalError } from '../../../functions/runtime/errors.ts';
import type { Result } from '../../../functions/runtime/invocation.ts';
import type { Outcome } from '../../../functions/runtime/report.ts';

const known = (): Known => ({ trigger: { kind: 'manual', at: '2026-03-02T04:30:00Z' }, mode: 'enforce' });
const outcome = (status: Outcome['status']): Outcome => ({ target: 'k', action: 'disable', why: 'idle', status });
const result = (part: Partial<Result>): Result => ({ examined: 1, outcomes: [], settled: true, ...part });
const found = (total: number) => ({ total }) as NonNullable<Result['found']>;

describe('a run that came to its end', () => {
  it.each([
    ['clean', { found: found(0) }],
    ['clean', {}],
    ['findings', { found: found(1) }],
    ['findings', { found: found(1), outcomes: [outcome('planned'), outcome('skipped'), outcome('failed')] }],
    ['acted', { found: found(1), outcomes: [outcome('skipped'), outcome('done')] }],
  ])('is called %s by what it found and did', (verdict, part) => {
    expect(endingWith(result(part))).toMatchObject({ verdict });
  });

  it('F17 is never called better than it says itself', () => {
    const ending = { verdict: 'failed', because: 'The reply was lost.' } as const;
    expect(endingWith(result({ ending, outcomes: [outcome('done')] }))).toMatchObject(ending);
  });
});

describe('a run that threw', () => {
  it.each([
    ['refused', new RefusalError('It is a standby.')],
    ['refused', new InputError('mode: wrong')],
    // What went through a durable step has lost its class, and kept its name.
    ['refused', Object.assign(new Error('It is a standby.'), { name: 'RefusalError' })],
    ['failed', new EvidenceError('The bucket is gone.')],
    ['failed', new TypeError('x is not a function')],
    ['failed', 'a word'],
  ])('is called %s, with the reason', async (verdict, thrown) => {
    const ended = await endingOf(known(), () => Promise.reject(thrown));
    expect(ended).toMatchObject({ ...known(), verdict, because: expect.stringMatching(/./) });
    expect(ended.result).toBeUndefined();
  });

  it('is reported with all that was known by then', async () => {
    const growing = known();
    const ended = await endingOf(growing, async () => {
      growing.trigger = { kind: 'schedule', at: '2026-03-02T04:00:00Z' };
      growing.mode = 'report';
      throw new Error('lost');
    });
    expect(ended).toMatchObject({ trigger: { kind: 'schedule' }, mode: 'report', verdict: 'failed' });
  });
});
