import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judgeContinuation, judgeCreation } from '../../../functions/credential-rotation/decide-step.ts';
import { secretWith } from './described.ts';

const now = new Date('2026-05-01T03:00:00Z');
const creation = (
  labels: Record<string, string[]>,
  more: { hasValue?: boolean; noted?: object; overlaps?: boolean } = {},
) =>
  judgeCreation(
    { described: secretWith(labels), token: 'new', hasValue: more.hasValue ?? false },
    { noted: more.noted ?? {}, now, overlaps: more.overlaps ?? false },
  );
const switched = { switched: { versionId: 'now', from: 'old', at: '2026-05-01T02:00:00Z' } };

describe('whether a credential is to be created', () => {
  it.each([
    ['a version without a value', creation({ now: ['AWSCURRENT'], new: ['AWSPENDING'] }), 'due'],
    [
      'one that has its value already',
      creation({ now: ['AWSCURRENT'], new: ['AWSPENDING'] }, { hasValue: true }),
      'done',
    ],
    ['one that is the current one', creation({ new: ['AWSCURRENT'], old: ['AWSPREVIOUS'] }), 'done'],
    ['one that keeps the label of a pending one', creation({ new: ['AWSCURRENT', 'AWSPENDING'] }), 'done'],
    ['one that the secret does not have', creation({ now: ['AWSCURRENT'] }), 'refused'],
    ['a secret without a current version', creation({ new: ['AWSPENDING'] }), 'refused'],
    ['another one that is half-way', creation({ now: ['AWSCURRENT'], other: ['AWSPENDING'], new: ['X'] }), 'refused'],
  ])('%s', (_what, { is }, expected) => {
    expect(is).toBe(expected);
  });

  it('F44 not while the one before is not revoked, where two can live', () => {
    const labels = { now: ['AWSCURRENT'], old: ['AWSPREVIOUS'], new: ['AWSPENDING'] };
    expect(creation(labels, { overlaps: true, noted: switched }).is).toBe('refused');
    expect(creation(labels, { overlaps: false, noted: switched }).is).toBe('due');
    expect(creation(labels, { overlaps: true, noted: { ...switched, retired: 'old' } }).is).toBe('due');
    expect(creation(labels, { overlaps: true, noted: {} }).is).toBe('due');
  });

  it('F33 not after three that were rejected within a day', () => {
    const labels = { now: ['AWSCURRENT'], new: ['AWSPENDING'] };
    const at = (hoursAgo: number) => new Date(now.getTime() - hoursAgo * 3_600_000).toISOString();
    expect(creation(labels, { noted: { rejectedAt: [at(1), at(2), at(3)] } }).is).toBe('refused');
    expect(creation(labels, { noted: { rejectedAt: [at(1), at(2), at(25)] } }).is).toBe('due');
  });
});

describe('whether a rotation is to go on', () => {
  it('never makes current, nor sets, a version that is not the pending one', () => {
    const label = fc.constantFrom('AWSCURRENT', 'AWSPENDING', 'AWSPREVIOUS');
    const labels = fc.dictionary(fc.constantFrom('now', 'old', 'new', 'other'), fc.uniqueArray(label));
    fc.assert(
      fc.property(labels, fc.boolean(), (given, hasValue) => {
        const described = secretWith(given);
        const { is } = judgeContinuation({ described, token: 'new', hasValue });
        if (is === 'due')
          expect([described.pending, hasValue, described.current]).toEqual(['new', true, expect.any(String)]);
        if (is === 'done') expect(given.new).toContain('AWSCURRENT');
      }),
    );
  });
});
