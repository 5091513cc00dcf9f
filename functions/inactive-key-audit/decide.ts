/** Judges one key. Pure: what is known of it, the policy and the time go in; what to say and what to do come out. */
import type { Finding } from '../runtime/report.ts';
import type { Policy } from './contract.ts';
import { findingOf } from './finding.ts';

/** One row of the key table, joined to its owner. Times are seconds since 1970; `undefined` is NULL, infinity is infinity. */
export type KeyFacts = {
  keyId: string;
  /** Undefined where the key belongs to nobody. */
  owner: string | undefined;
  ownerName: string;
  /** False only where settings map the owners' status and it says so. */
  ownerActive: boolean;
  createdAt: number | undefined;
  lastUsedAt: number | undefined;
  expiresAt: number | undefined;
  active: boolean;
  /** How many active keys the owner has, and the newest time at which one of them was used or made. */
  ownerActiveKeys: number;
  ownerLatest: number | undefined;
};

/** What the access review says of a key; the order is from the best to the worst. */
const VERDICTS = [
  'off',
  'exempt',
  'in use',
  'one of many',
  'soon idle',
  'never used',
  'idle',
  'warned',
  'past its expiry',
  'owner inactive',
  'past grace',
] as const;
export type KeyVerdict = (typeof VERDICTS)[number];

export type Judgement = {
  verdict: KeyVerdict;
  /** Whole days since the key was last used or, if it never was, since it was made or tracking began. */
  idleDays: number;
  finding?: Finding;
  /** Grows as the finding worsens, so that a worsened one is announced again. */
  rank: number;
  act: 'none' | 'warn' | 'disable';
};

const DAY_SECONDS = 86_400;

/** What is the same for every key of one run. Times are seconds since 1970. */
export type Frame = {
  policy: Policy;
  now: number;
  trackedFrom: number;
  exemptKeys: ReadonlySet<string>;
  exemptOwners: ReadonlySet<string>;
};

/** @param now seconds since 1970, by the database's own clock */
export function frameOf(policy: Policy, now: number): Frame {
  const trackedFrom = Date.parse(policy.trackingSince) / 1000;
  return {
    policy,
    now,
    trackedFrom,
    exemptKeys: new Set(policy.exemptKeys),
    exemptOwners: new Set(policy.exemptOwners),
  };
}

/** @param warnedAt when a warning about this key was recorded, seconds since 1970; undefined where none was */
export function judge(key: KeyFacts, warnedAt: number | undefined, frame: Frame): Judgement {
  const idleDays = idleDaysOf(key, frame);
  const verdict = verdictOf(key, { idleDays, warnedAt, frame });
  if (WELL.has(verdict)) return { verdict, idleDays, rank: 0, act: 'none' };
  const alsoWarned = isWarned({ idleDays, warnedAt, frame }) && WORSE_THAN_WARNED.has(verdict);
  const isSpared = isNewestOf(key, frame.policy);
  const finding = findingOf(key, { verdict, idleDays, alsoWarned, isSpared, policy: frame.policy });
  return {
    verdict,
    idleDays,
    ...(finding && { finding }),
    rank: finding ? rankOf(verdict, finding) + (alsoWarned ? WARNING_STEP : 0) : 0,
    act: actOf(key, { verdict, idleDays, warnedAt, frame }),
  };
}

/** Nearly all keys are, so the rest is not even asked of them: that was a third of what judging took. */
const WELL: ReadonlySet<KeyVerdict> = new Set(['off', 'exempt', 'in use']);

/** These hide that the key is idle as well and was warned about, which its owner must hear all the same. */
const WORSE_THAN_WARNED: ReadonlySet<KeyVerdict> = new Set(['past its expiry', 'owner inactive']);
/** News, but not another verdict. */
const WARNING_STEP = 0.5;

function rankOf(verdict: KeyVerdict, { severity }: Finding): number {
  return VERDICTS.indexOf(verdict) + (severity === 'critical' ? VERDICTS.length : 0);
}

/**
 * Unknown age counts as new (F18), as does a time in the future. A key never used is as old as its making, but no older than the
 * tracking of uses: before that, “never” means “nobody wrote it down” (F90).
 */
function idleDaysOf({ createdAt, lastUsedAt }: KeyFacts, { trackedFrom, now }: Frame): number {
  const made = known(createdAt);
  const used = known(lastUsedAt);
  if (made === undefined && used === undefined) return 0;
  const since = Math.max(made ?? Number.NEGATIVE_INFINITY, used ?? trackedFrom);
  return Math.max(0, Math.floor((now - since) / DAY_SECONDS));
}

/** Some systems write -infinity where they mean that there is no time. Plain infinity is a time in the future. */
function known(seconds: number | undefined): number | undefined {
  return seconds === Number.NEGATIVE_INFINITY ? undefined : seconds;
}

type Judging = { idleDays: number; warnedAt: number | undefined; frame: Frame };

function verdictOf(key: KeyFacts, { idleDays, warnedAt, frame }: Judging): KeyVerdict {
  const { policy, now } = frame;
  if (!key.active) return 'off';
  if (isExempt(key, frame)) return 'exempt';
  const isIdle = idleDays >= policy.maxIdleDays;
  const isOver = warnedAt !== undefined && now >= warnedAt + policy.graceDays * DAY_SECONDS;
  if (isIdle && isOver) return 'past grace';
  if (!key.ownerActive) return 'owner inactive';
  if (key.expiresAt !== undefined && key.expiresAt <= now) return 'past its expiry';
  if (isWarned({ idleDays, warnedAt, frame })) return 'warned';
  if (isIdle) return wasNeverUsed(key, frame) ? 'never used' : 'idle';
  if (idleDays >= policy.warnAtDays) return 'soon idle';
  return key.ownerActiveKeys > policy.maxActiveKeysPerOwner ? 'one of many' : 'in use';
}

/** An owner may be named by what the key table says, or by the name that people know. */
function isExempt({ keyId, owner = '', ownerName }: KeyFacts, { exemptKeys, exemptOwners }: Frame): boolean {
  return exemptKeys.has(keyId) || exemptOwners.has(owner) || exemptOwners.has(ownerName);
}

function isWarned({ idleDays, warnedAt, frame }: Judging): boolean {
  return warnedAt !== undefined && idleDays >= frame.policy.warnAtDays;
}

/** Where uses were not yet recorded when the key was made, nobody can say that it was never used. */
function wasNeverUsed({ createdAt, lastUsedAt }: KeyFacts, { trackedFrom }: Frame): boolean {
  return lastUsedAt === undefined && createdAt !== undefined && createdAt >= trackedFrom;
}

/** Whether the key may be turned off is asked of the same facts in report and enforce mode, so that the plans are equal (F12). */
function actOf(
  key: KeyFacts,
  { verdict, idleDays, warnedAt, frame }: Judging & { verdict: KeyVerdict },
): Judgement['act'] {
  if (verdict === 'past grace') return isNewestOf(key, frame.policy) ? 'none' : 'disable';
  const mayWarn = verdict !== 'off' && verdict !== 'exempt' && warnedAt === undefined;
  return mayWarn && idleDays >= frame.policy.warnAtDays ? 'warn' : 'none';
}

/**
 * The owner's most recently used active key is never turned off, so the last one never is; of keys equally old all are spared.
 */
function isNewestOf(key: KeyFacts, policy: Policy): boolean {
  if (policy.disableLastActiveKey) return false;
  const own = Math.max(key.createdAt ?? Number.NEGATIVE_INFINITY, key.lastUsedAt ?? Number.NEGATIVE_INFINITY);
  return key.ownerActiveKeys <= 1 || key.ownerLatest === undefined || own >= key.ownerLatest;
}
