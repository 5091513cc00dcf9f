import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hoursOverdue, overdueFinding, topicFinding } from '../../../functions/watch/decide.ts';

const HOUR_MS = 3_600_000;
const NOW = new Date('2026-06-15T07:00:00Z');
const ago = (hours: number) => new Date(NOW.getTime() - hours * HOUR_MS);
const watched = (everyHours: number, graceHours = 2) => ({ runbook: 'audit', everyHours, graceHours });
const lastAt = (hours: number) => ({ verifiedAt: ago(hours), firstSeenAt: ago(10_000) });

describe('F08 hours overdue', () => {
  it.each([
    ['daily', 24],
    ['weekly', 168],
    ['quarterly', 2_232],
  ])('of a %s runbook rise from the end of its grace on', (_, everyHours) => {
    expect(hoursOverdue(watched(everyHours), lastAt(1), NOW)).toBe(0);
    expect(hoursOverdue(watched(everyHours), lastAt(everyHours + 2), NOW)).toBe(0);
    expect(hoursOverdue(watched(everyHours), lastAt(everyHours + 3), NOW)).toBe(1);
    expect(hoursOverdue(watched(everyHours), lastAt(everyHours + 1_002), NOW)).toBe(1_000);
  });

  it('count from when it was first seen where it never ran, and not before', () => {
    expect(hoursOverdue(watched(24), { verifiedAt: undefined, firstSeenAt: ago(26) }, NOW)).toBe(0);
    expect(hoursOverdue(watched(24), { verifiedAt: undefined, firstSeenAt: ago(30) }, NOW)).toBe(4);
  });

  it('are never negative, and never fall while nothing runs', () => {
    const hours = fc.integer({ min: -10, max: 20_000 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3_000 }), hours, fc.nat(1_000), (every, age, later) => {
        const before = hoursOverdue(watched(every), lastAt(age), NOW);
        const after = hoursOverdue(watched(every), lastAt(age + later), NOW);
        expect(before).toBeGreaterThanOrEqual(0);
        expect(after).toBeGreaterThanOrEqual(before);
      }),
    );
  });
});

describe('what is said', () => {
  it('of a runbook that is not overdue is nothing', () => {
    expect(overdueFinding('audit', lastAt(1), 0)).toBeUndefined();
  });

  it('of an overdue one is since when, and what to do', () => {
    expect(overdueFinding('audit', lastAt(30), 4)).toEqual({
      severity: 'critical',
      target: 'audit',
      what: 'audit is 4.0 hours overdue: its last verified run began at 2026-06-14T01:00:00.000Z',
      remedy: 'Look at its schedule, its log and its failure queue; run it by hand as its README says.',
    });
    expect(overdueFinding('audit', { verifiedAt: undefined, firstSeenAt: ago(30) }, 4)?.what).toBe(
      'audit is 4.0 hours overdue: it has had no verified run since 2026-06-14T01:00:00.000Z',
    );
  });

  it.each([
    [1, 0, undefined],
    [1, 2, 'warning'],
    [0, 2, 'critical'],
    [0, 0, 'critical'],
  ])('of a topic with %d confirmed and %d unconfirmed subscriptions is %s', (confirmed, pending, severity) => {
    expect(topicFinding('arn', confirmed, pending)?.severity).toBe(severity);
  });
});
