/** What looking at one source gave. */
import type { Finding } from '../runtime/report.ts';
import type { Source } from './contract.ts';

/** One backup, for the calendar. `unverified`: it is there, and nobody has looked inside. */
export type Backup = { at: string; name: string; bytes: number; state: 'verified' | 'unverified' | 'bad' };

export type Looked = {
  source: string;
  kind: Source['kind'];
  protects: string;
  /** How many things were looked at: objects, snapshots, segments, tables. */
  examined: number;
  /** One for each target; a target begins with the source's name, as in `nightly: table public.users`. */
  findings: Finding[];
  /** The newest point that this source, by itself, could really bring back (ISO 8601). Undefined: none. */
  recoveryPoint?: string | undefined;
  /** Of the last 30 days, oldest first. */
  backups: Backup[];
  /** What is known of it in a sentence or two, for the page. */
  said: string;
  /** What this source must remember until the next run; JSON, small. Kept as it was where undefined. */
  memory?: unknown;
};
