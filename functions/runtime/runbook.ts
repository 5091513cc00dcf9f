/** The entry of an ordinary runbook: event → contract → its own read, decide and apply → report. */
import type { Context } from 'aws-lambda';
import type * as z from 'zod';
import { attempt, type Definition } from './attempt.ts';
import { conclude } from './conclude.ts';
import type { BaseInput } from './contract.ts';
import './memory.ts';
import { RunEndedBadlyError } from './errors.ts';
import { openFrame } from './frame.ts';
import type { Report } from './report.ts';

/**
 * @returns a Lambda handler. It resolves to the report. It rejects with RunEndedBadlyError once the evidence of a run that was
 *   refused or failed is stored, and with InputError when its own deployment is unusable, which leaves nowhere to store any.
 */
export function runbook<Settings, Input extends z.infer<typeof BaseInput>>(definition: Definition<Settings, Input>) {
  return async (event: unknown, context: Context): Promise<Report> => {
    const frame = openFrame(definition.contract.Settings, context);
    const report = await conclude(frame, await attempt(definition, frame, event));
    if (report.verdict === 'refused' || report.verdict === 'failed') throw new RunEndedBadlyError(report);
    return report;
  };
}
