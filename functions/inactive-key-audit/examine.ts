/** Looks at every key once, in one pass: judged, reviewed, found, counted, and put into the plan where it is to be turned off. */
import { overCaps } from '../runtime/caps.ts';
import type { Findings } from '../runtime/findings.ts';
import type { Invocation, Result } from '../runtime/invocation.ts';
import type { Entry } from '../runtime/ledger.ts';
import type { Session } from '../runtime/postgres.ts';
import type { Detail, Input, Settings } from './contract.ts';
import { type Frame, frameOf, type Judgement, judge, type KeyFacts } from './decide.ts';
import { type Records, wasRestoredSince } from './key-record.ts';
import { readClock, readKeys, type SeenKey } from './keys-table.ts';
import { openReview, type Review } from './review.ts';

/** One key to be turned off, and why, as it was seen. */
export type Planned = SeenKey & { why: string };

export type Plan = {
  keys: Planned[];
  /** Why none of it may be done; where it is set, `keys` is only its beginning. */
  tooLarge?: string;
};

type Looked = Pick<Result, 'examined' | 'metrics'> & {
  found: NonNullable<Result['found']>;
  detail: Detail;
  plan: Plan;
};

/** @throws RefusalError when anything cannot be read: an error is never an empty list */
export async function examine(audit: Invocation<Settings, Input>, reader: Session): Promise<Looked> {
  const { settings, mode, store, evidenceKey } = audit;
  const findings = await audit.openFindings();
  const review = await openReview();
  try {
    const frame = frameOf(settings.policy, await readClock(reader));
    const tally = newTally(settings);
    for await (const keys of readKeys(reader, settings)) {
      await lookAt(keys, { frame, findings, review, tally, records: audit, warns: mode === 'enforce' });
    }
    await review.store(store, evidenceKey('review.csv.gz'));
    const plan = tally.plan();
    return {
      examined: tally.detail.keys,
      found: await findings.finish(evidenceKey('findings.jsonl.gz')),
      plan,
      detail: {
        ...tally.detail,
        review: evidenceKey('review.csv.gz'),
        plan: { ...tally.detail.plan, ...tooLargeOf(plan) },
      },
      metrics: { IdleKeys: { value: tally.idleKeys(), unit: 'Count' } },
    };
  } finally {
    await review.discard();
  }
}

function tooLargeOf({ tooLarge }: Plan) {
  return tooLarge === undefined ? {} : { tooLarge };
}

type Tally = ReturnType<typeof newTally>;
type Looking = { frame: Frame; findings: Findings; review: Review; tally: Tally; records: Records; warns: boolean };

async function lookAt(
  keys: Iterable<KeyFacts>,
  { frame, findings, review, tally, records, warns }: Looking,
): Promise<void> {
  for (const key of keys) {
    const loading = findings.ready(key.keyId);
    if (loading) await loading;
    const recorded = warnedAtOf(findings.before(key.keyId));
    const due = recorded !== undefined && tally.hasRoom() && judge(key, recorded, frame).act === 'disable';
    const warnedAt = due && (await wasRestoredSince(records, key.keyId, recorded)) ? undefined : recorded;
    const first = judge(key, warnedAt, frame);
    // A warning is given by the finding itself, in the same run, and is on record from now on.
    const warnsNow = warns && first.act === 'warn';
    const judgement = warnsNow ? judge(key, frame.now, frame) : first;
    const isWarned = warnsNow || (warnedAt !== undefined && stillIdle(judgement, frame));
    findings.look(key.keyId, isWarned ? { ...judgement, memo: String(warnedAt ?? frame.now) } : judgement);
    review.add(key, judgement);
    tally.add(key, judgement, first.act);
  }
  await findings.drained();
  await review.drained();
}

function warnedAtOf(entry: Entry | undefined): number | undefined {
  return entry?.memo === undefined ? undefined : Number(entry.memo);
}

/** A key that is used again, turned off or exempted starts anew: its next warning is a new one. */
function stillIdle({ verdict, idleDays }: Judgement, { policy }: Frame): boolean {
  return verdict !== 'off' && verdict !== 'exempt' && idleDays >= policy.warnAtDays;
}

const IDLE_STEP_DAYS = 15;
const IDLE_STEPS = 13;

function newTally({ caps, policy }: Settings) {
  const planned: Planned[] = [];
  const idle = Array.from({ length: IDLE_STEPS }, (_, step) => ({ fromDays: step * IDLE_STEP_DAYS, keys: 0 }));
  const { warnAtDays, maxIdleDays, graceDays } = policy;
  const detail: Omit<Detail, 'review'> = {
    keys: 0,
    active: 0,
    verdicts: {},
    idle,
    plan: { disable: 0, warn: 0 },
    policy: { warnAtDays, maxIdleDays, graceDays },
  };
  let idleKeys = 0;
  return {
    detail,
    idleKeys: () => idleKeys,
    /** Beyond the cap nothing at all is done, so the rest need only be counted. */
    hasRoom: () => planned.length < caps.maxTargets,
    add: (key: KeyFacts, { verdict, idleDays }: Judgement, act: Judgement['act']) => {
      detail.keys += 1;
      detail.verdicts[verdict] = (detail.verdicts[verdict] ?? 0) + 1;
      if (!key.active) return;
      detail.active += 1;
      if (verdict === 'exempt') return;
      if (idleDays >= maxIdleDays) idleKeys += 1;
      const step = idle[Math.min(IDLE_STEPS - 1, Math.floor(idleDays / IDLE_STEP_DAYS))];
      if (step) step.keys += 1;
      if (act === 'warn') detail.plan.warn += 1;
      if (act !== 'disable') return;
      detail.plan.disable += 1;
      if (planned.length < caps.maxTargets) planned.push(plannedOf(key, idleDays));
    },
    plan: (): Plan => {
      const tooLarge = overCaps(caps, { planned: detail.plan.disable, of: detail.active });
      return { keys: planned, ...(tooLarge !== undefined && { tooLarge }) };
    },
  };
}

function plannedOf({ keyId, owner, lastUsedAt }: KeyFacts, idleDays: number): Planned {
  return { keyId, owner, lastUsedAt, why: `idle for ${idleDays} days, and the grace after its warning is over` };
}
