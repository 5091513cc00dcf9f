/** What a coordinator is told: all that the collector is, and how much of it may go on at once. */
import * as z from 'zod';
import { BaseInput } from '../../runtime/contract.ts';
import { Settings as GcSettings } from '../contract.ts';

export const Coordinator = z.strictObject({
  /** How many invocations mark at once. They share `policy.requestsPerSecond`, and each has two sessions of PostgreSQL. */
  atOnce: z.int().min(1).max(256),
  /** For how long parts are handed out. No sweep runs meanwhile, so it is less than a day. */
  hours: z.int().min(1).max(20).default(12),
});

export const Settings = GcSettings.safeExtend({ coordinator: Coordinator });
export type Settings = z.infer<typeof Settings>;

/** Preparing is part of the hours. After them come the last part, what became of it, and the report. */
const AROUND_MINUTES = 60;

/** How long one execution may take in all: its lease lasts as long, and then AWS ends it. */
export function executionMinutes({ coordinator }: Pick<Settings, 'coordinator'>): number {
  return coordinator.hours * 60 + AROUND_MINUTES;
}

export const Input = z.strictObject({
  ...BaseInput.shape,
  /** It does nothing else. */
  phase: z.literal('mark').optional(),
  /** For one marking, by hand: the references really have become fewer. */
  acceptFewerReferences: z.literal(true).optional(),
});
export type Input = z.infer<typeof Input>;
