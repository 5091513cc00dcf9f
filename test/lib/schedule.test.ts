import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { longestGapHours, ScheduleError } from '../../lib/schedule.ts';

describe('the longest time between two runs', () => {
  it.each([
    ['rate(1 day)', 24],
    ['rate(90 minutes)', 1.5],
    ['cron(0 6 * * ? *)', 24],
    ['cron(30 4 ? * MON *)', 168],
    ['cron(30 4 ? * 2 *)', 168],
    ['cron(0 6,18 * * ? *)', 12],
    ['cron(0 6,7 * * ? *)', 23],
    ['cron(0/15 8-18 ? * MON-FRI *)', 61.25],
    ['cron(0 6 1 * ? *)', 31 * 24],
    ['cron(0 0 1 1,4,7,10 ? *)', 92 * 24],
    ['cron(0 0 1 JAN/3 ? *)', 92 * 24],
    ['cron(0 0 29 2 ? *)', 1461 * 24],
  ])('of %s is %d hours', (expression, hours) => {
    expect(longestGapHours(expression)).toBe(hours);
  });

  it.each([
    'cron(0 3 L * ? *)',
    'cron(0 3 15W * ? *)',
    'cron(0 3 ? * MON#1 *)',
    'cron(0 3 ? * 6L *)',
    'cron(0 3 * * ? 2027)',
  ])('of %s is left to a person', (expression) => {
    expect(longestGapHours(expression)).toBeUndefined();
  });

  it('of one time each day is a day, whatever the time', () => {
    const time = fc.record({ minute: fc.integer({ min: 0, max: 59 }), hour: fc.integer({ min: 0, max: 23 }) });
    fc.assert(fc.property(time, ({ minute, hour }) => longestGapHours(`cron(${minute} ${hour} * * ? *)`) === 24));
  });
});

describe('a schedule that AWS would refuse', () => {
  it.each([
    ['daily', /allowed: rate\(2 days\) or cron/],
    ['rate(0 days)', /at least 1/],
    ['rate(5 fortnights)', /allowed: rate/],
    ['cron(0 6 * * ?)', /six fields/],
    ['cron(0 6 * * * *)', /exactly one of day-of-month and day-of-week must be \?/],
    ['cron(0 6 ? * ? *)', /exactly one/],
    ['cron(60 6 * * ? *)', /minutes got "60"; allowed: 0 to 59/],
    ['cron(? 6 * * ? *)', /minutes got "\?"/],
    ['cron(0 6 ? * MOO *)', /day-of-week got "MOO"; allowed: 1 to 7 or SUN, MON/],
    ['cron(0 18-6 * * ? *)', /hours got "18-6"/],
    ['cron(0/0 6 * * ? *)', /minutes got "0\/0"/],
    ['cron(0 6 31 2 ? *)', /a day that never comes/],
  ])('%s is refused with what is allowed', (expression, message) => {
    expect(() => longestGapHours(expression)).toThrow(ScheduleError);
    expect(() => longestGapHours(expression)).toThrow(message);
  });
});
