/**
 * What a run finds, as it finds it: all of it spooled to the evidence, the worst hundred kept for the report, the changes since
 * the last run kept for the announcement, and a new ledger written for the next run. Memory does not grow with the targets.
 */
import type { Severity } from './contract.ts';
import { type Entry, openLedger } from './ledger.ts';
import { compareBytes, mustAscend } from './order.ts';
import type { Finding } from './report.ts';
import { openSpool } from './spool.ts';
import type { Store } from './store.ts';

/** The longest list that a report carries itself. */
export const SHOWN = 100;

export type Change = { kind: 'appeared' | 'worsened' | 'cleared'; target: string; finding?: Finding };

export type Found = {
  shown: Finding[];
  total: number;
  counts: Record<Severity, number>;
  /** Changes since the last run; `shown` has the first hundred of each severity, worst first, cleared last. */
  changes: { shown: Change[]; total: number };
};

export type Findings = {
  /** To be awaited before `before` and `look`, once for every target. Returns at once unless the ledger must be read on. */
  ready(target: string): Promise<void> | undefined;
  /** What the last run remembered of this target. */
  before(target: string): Entry | undefined;
  /** Takes note of one target; targets come in byte order. Without a finding and a memo it is forgotten. */
  look(target: string, seen: { finding?: Finding | undefined; rank?: number; memo?: string | undefined }): void;
  /** To be awaited now and then, so that the disk keeps up. */
  drained(): Promise<void>;
  /** Ends the list and stores it whole where it is longer than a report shows. */
  finish(storedAt: string): Promise<Found>;
  /** Replaces the last run's ledger by this one's. To be called when what changed has been announced. */
  remember(): Promise<void>;
  discard(): Promise<void>;
};

const RANK: Record<Severity, number> = { info: 1, warning: 2, critical: 3 };
const WORST_FIRST: Severity[] = ['critical', 'warning', 'info'];

/**
 * @param isUnseen whether a target could not be looked at in this run: what was known of it stays known, because nobody can say that it
 *   has cleared
 */
export async function openFindings(
  store: Store,
  ledgerKey: string,
  isUnseen: (target: string) => boolean = () => false,
): Promise<Findings> {
  const tally = newTally();
  const remembered = await openSpool('ledger.jsonl.gz');
  const ledger = await openLedger(store, ledgerKey, (entry) => {
    if (isUnseen(entry.target)) remembered.write(`${JSON.stringify(entry)}\n`);
    else tally.gone(entry);
  });
  const all = await openSpool('findings.jsonl.gz');
  const ascends = mustAscend('The list of what was looked at');
  let last: { target: string; entry: Entry | undefined } | undefined;
  const before = (target: string) => {
    if (last?.target !== target) last = { target, entry: ledger.take(target) };
    return last.entry;
  };
  return {
    ready: (target) => (ledger.behind(target) ? loadUpTo(ledger, target) : undefined),
    before,
    look: (target, { finding, rank = finding ? RANK[finding.severity] : 0, memo }) => {
      ascends(target);
      const known = before(target);
      if (finding) all.write(`${JSON.stringify(finding)}\n`);
      tally.note({ target, finding, rank, known });
      if (finding || memo !== undefined) remembered.write(`${JSON.stringify({ target, rank, memo })}\n`);
    },
    drained: async () => {
      await all.drained();
      await remembered.drained();
    },
    finish: async (storedAt) => {
      await ledger.finish();
      if (tally.total() > SHOWN) await store.create(storedAt, await all.finish());
      return tally.found();
    },
    remember: async () => store.replace(ledgerKey, await remembered.finish(), ledger.etag),
    discard: async () => {
      await Promise.all([all.discard(), remembered.discard()]);
    },
  };
}

/** For a list that is held in memory: one finding for each target, in any order. */
export async function findAll(findings: Findings, list: Finding[], storedAt: string): Promise<Found> {
  for (const finding of list.toSorted((a, b) => compareBytes(a.target, b.target))) {
    await findings.ready(finding.target);
    findings.look(finding.target, { finding });
  }
  return findings.finish(storedAt);
}

async function loadUpTo(
  ledger: { behind(target: string): boolean; load(): Promise<void> },
  target: string,
): Promise<void> {
  while (ledger.behind(target)) await ledger.load();
}

type Noted = { target: string; finding: Finding | undefined; rank: number; known: Entry | undefined };

function newTally() {
  const counts: Record<Severity, number> = { info: 0, warning: 0, critical: 0 };
  const shown: Record<Severity, Finding[]> = { info: [], warning: [], critical: [] };
  const changed: Record<Severity | 'cleared', Change[]> = { info: [], warning: [], critical: [], cleared: [] };
  let changes = 0;
  const change = (group: Severity | 'cleared', item: Change) => {
    changes += 1;
    if (changed[group].length < SHOWN) changed[group].push(item);
  };
  const total = () => counts.info + counts.warning + counts.critical;
  return {
    total,
    gone: ({ target, rank }: Entry) => {
      if (rank > 0) change('cleared', { kind: 'cleared', target });
    },
    note: ({ target, finding, rank, known }: Noted) => {
      const wasFound = known !== undefined && known.rank > 0;
      if (finding === undefined) {
        if (wasFound) change('cleared', { kind: 'cleared', target });
        return;
      }
      counts[finding.severity] += 1;
      if (shown[finding.severity].length < SHOWN) shown[finding.severity].push(finding);
      if (!wasFound) change(finding.severity, { kind: 'appeared', target, finding });
      else if (rank > known.rank) change(finding.severity, { kind: 'worsened', target, finding });
    },
    found: (): Found => ({
      shown: WORST_FIRST.flatMap((severity) => shown[severity]).slice(0, SHOWN),
      total: total(),
      counts,
      changes: {
        shown: [...WORST_FIRST, 'cleared' as const].flatMap((group) => changed[group]),
        total: changes,
      },
    }),
  };
}
