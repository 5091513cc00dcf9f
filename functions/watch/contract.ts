/** What the watcher is told: which runbooks run by themselves, and how often. */
import * as z from 'zod';
import { BaseInput, RunbookName } from '../runtime/contract.ts';

const Watched = z.strictObject({
  runbook: RunbookName,
  /** Hours between two scheduled runs. */
  everyHours: z.number().positive(),
  /** Hours that a run may be late before it counts as overdue. */
  graceHours: z.number().min(0).default(2),
});

export const Settings = z.strictObject({ watched: z.array(Watched) });
export type Settings = z.infer<typeof Settings>;

export const Input = BaseInput;
export type Input = z.infer<typeof Input>;
