/** What one run of one runbook says about itself: stored as evidence, measured, announced and returned. */
import type { Mode, Severity } from './contract.ts';

export type Verdict = 'clean' | 'findings' | 'acted' | 'partial' | 'skipped' | 'refused' | 'failed';

/** `target` is what a person would look for; `remedy` is what that person should do about it. */
export type Finding = { severity: Severity; target: string; what: string; remedy: string };

/** What was done to one target, or would have been (`planned`) had the mode allowed it. */
export type Outcome = {
  target: string;
  action: string;
  why: string;
  status: 'planned' | 'done' | 'skipped' | 'failed';
  error?: string;
};

/** `unit` as CloudWatch spells it: `Count`, `Seconds`, `Milliseconds`, `Bytes`, `None`. */
export type Metric = { value: number; unit: string };

export type TriggerKind = 'schedule' | 'alarm' | 'manual' | 'rotation';

export type Report = {
  system: string;
  runbook: string;
  runId: string;
  trigger: { kind: TriggerKind; at: string };
  mode: Mode;
  startedAt: string;
  durationMs: number;
  verdict: Verdict;
  /** One sentence for a person; every verdict but clean, findings and acted has one. */
  because?: string;
  examined: number;
  findings: Finding[];
  outcomes: Outcome[];
  /** Where a list above was cut at 100: how many there are, and the object that holds all of them. */
  cut?: { list: 'findings' | 'outcomes'; total: number; storedAt: string }[];
  metrics: Record<string, Metric>;
  /** This runbook's own tables; their schema is in its contract, their picture in its `page.ts`. */
  detail?: unknown;
};
