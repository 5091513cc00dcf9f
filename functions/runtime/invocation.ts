/** What a runbook is given for one invocation, and what it gives back. */
import type { Mode } from './contract.ts';
import type { Deadline } from './deadline.ts';
import type { Trigger } from './event.ts';
import type { Findings, Found } from './findings.ts';
import type { Halt } from './halt.ts';
import type { Metric, Outcome, Verdict } from './report.ts';
import type { Unfinished } from './run-state.ts';
import type { Store } from './store.ts';

export type Invocation<Settings, Input> = {
  system: string;
  runbook: string;
  runId: string;
  requestId: string;
  trigger: Trigger;
  /** The lower of what was deployed and what the event asks for. */
  mode: Mode;
  /** What it may do at all: a function deployed in report mode has no permission for more, not even to read an actor's secret. */
  deployedMode: Mode;
  settings: Settings;
  input: Input;
  /** Taken once, when the function was called. */
  now: Date;
  deadline: Deadline;
  store: Store;
  topicArns: { page: string; notify: string };
  /** Asked before every batch of forward changes. */
  halt: () => Promise<Halt>;
  /** Runs that began to change things and never said how that ended; to be settled before anything else is changed. */
  unfinished: Unfinished[];
  /** Where evidence of this run goes: `reports/<runbook>/<yyyy>/<mm>/<dd>/<runId>.<suffix>`. */
  evidenceKey: (suffix: string) => string;
  /** Where this runbook keeps what it must remember: `state/<runbook>/<name>`. */
  stateKey: (name: string) => string;
  /** To be called once by a run that looks at everything; a run that does not must leave the ledger alone. */
  openFindings: (isUnseen?: (target: string) => boolean) => Promise<Findings>;
  /** Stores what would be done; a run in enforce mode does exactly this. @throws EvidenceError, and then nothing may be done */
  storePlan: (plan: object[]) => Promise<void>;
  /** Puts on record that the stored plan is being carried out. @throws EvidenceError, and then nothing may be done */
  acting: () => Promise<void>;
};

export type Result = {
  examined: number;
  /** Absent where the run did not look (a restore). */
  found?: Found;
  outcomes: Outcome[];
  metrics?: Record<string, Metric>;
  detail?: unknown;
  /** Set where the run did not end as it should have. */
  ending?: { verdict: Extract<Verdict, 'partial' | 'skipped' | 'refused' | 'failed'>; because: string };
  /** True once nothing of this run, or of one before it, is left to settle. */
  settled: boolean;
};
