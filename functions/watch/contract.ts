/** What the watcher is told: which runbooks run by themselves, how often, and what each of their runs is known by. */
import * as z from 'zod';
import { BaseInput, RunbookName } from '../runtime/contract.ts';

const Watched = z.strictObject({
  runbook: RunbookName,
  /** By which it is told and measured, where one runbook is waited for in more ways than one; else by the runbook's own name. */
  name: RunbookName.optional(),
  /** The metric that only those runs publish which did what is waited for. `Examined` is of those that looked at everything. */
  provenBy: z.string().min(1).default('Examined'),
  /** Hours between two scheduled runs. */
  everyHours: z.number().positive(),
  /** Hours that a run may be late before it counts as overdue. */
  graceHours: z.number().min(0).default(2),
});

export const Settings = z.strictObject({ watched: z.array(Watched) });
export type Settings = z.infer<typeof Settings>;

export const Input = BaseInput;
export type Input = z.infer<typeof Input>;

export function nameOf({ name, runbook }: Pick<Settings['watched'][number], 'name' | 'runbook'>): string {
  return name ?? runbook;
}
