/** What verifying a dump needs, and what becomes known of it step by step. */
import type { Rows } from '../restored/rows.ts';
import type { Invocation } from '../runtime/invocation.ts';
import type { Finding } from '../runtime/report.ts';
import type { Input, Settings, SourceOf } from './contract.ts';
import type { Going, Notebook, VerifiedDump } from './memory.ts';
import type { NewestDump } from './sources/dump.ts';

export type Verification = Invocation<Settings, Input>;

export type Told = Omit<Finding, 'target'> & { thing: string };

/** What became of tonight's dump. */
export type Verified = {
  /** As they were restored or, where nothing is restored, as the dump holds them; empty where it could not be read. */
  tables: Rows[];
  before: Rows[];
  restoreMs?: number;
  bytesPerSecond?: number;
  /** Statements that only concern owners and the like. */
  harmless?: number;
  /** To be remembered where it is in order. */
  inOrder?: VerifiedDump;
  /** A restore that the next invocation goes on with. */
  going?: Going;
};

export type Verifying = { source: SourceOf<'dump'>; newest: NewestDump; run: Verification; notebook: Notebook };

/** What one step found, and what is known after it. */
export type Step = { findings: Finding[]; examined?: number } & Omit<Partial<Verified>, 'before' | 'inOrder'>;

export function targeted({ name }: { name: string }, { thing, ...told }: Told): Finding {
  return { ...told, target: `${name}: ${thing}` };
}
