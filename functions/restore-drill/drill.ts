/** What every part of a drill is given, and how often it looks at RDS. */
import type { DurableRun } from '../runtime/durable.ts';
import type { Input, Settings } from './contract.ts';
import type { Rds } from './rds.ts';

export type Drill = DurableRun<Settings, Input> & { rds: Rds };

/** An execution may take 3,000 steps and waits in all; eight hours of looking are 960 of them. */
export const LOOK_EVERY_SECONDS = 60;

export function looksIn(minutes: number): number {
  return Math.ceil((minutes * 60) / LOOK_EVERY_SECONDS);
}
