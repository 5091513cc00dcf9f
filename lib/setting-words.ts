/** What the settings of several runbooks are made of. */
import * as z from 'zod';
import { longestGapHours, ScheduleError } from './schedule.ts';

export const resourceId = (prefix: string) =>
  z.string().regex(new RegExp(`^${prefix}-[0-9a-f]{8,17}$`), `an id such as ${prefix}-0a1b2c3d4e5f60718`);

/** An expression of EventBridge Scheduler, in the system's time zone. */
export const Schedule = z.string().superRefine((expression, context) => {
  try {
    longestGapHours(expression);
  } catch (error) {
    if (!(error instanceof ScheduleError)) throw error;
    context.addIssue({ code: 'custom', message: error.message });
  }
});

/** How a function gets to a database that exists already. */
export const DatabaseAccess = z.strictObject({
  securityGroupId: resourceId('sg'),
  port: z.int().min(1).max(65535).default(5432),
  /** `false` where something else owns the group's rules (an inline-rules Terraform would take ours out again). */
  manageIngress: z.boolean().default(true),
});
export type DatabaseAccess = z.infer<typeof DatabaseAccess>;

export function isGapKnown(expression: string): boolean {
  try {
    return longestGapHours(expression) !== undefined;
  } catch {
    return true; // the expression's own error is enough
  }
}

export function isDaily(expression: string): boolean {
  try {
    return (longestGapHours(expression) ?? Number.POSITIVE_INFINITY) <= 25;
  } catch {
    return true; // the expression's own error is enough
  }
}

export function isGapGiven({ everyHours, schedule }: { everyHours?: number | undefined; schedule: string }): boolean {
  return everyHours !== undefined || isGapKnown(schedule);
}

export const GAP_NOT_GIVEN = {
  path: ['everyHours'],
  error: 'is required with this schedule: the longest time between two runs, in hours',
};
