/** Judges one key. Pure: what is known of it, the policy and the time go in; what to say and what to do come out. */
import type { Finding } from '../runtime/report.ts';
import type { Policy } from './contract.ts';

/** One row of the key table, joined to its owner. Times are seconds since 1970; `undefined` is NULL, infinity is infinity. */
export type KeyFacts = {
  keyId: string;
  owner: string;
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
type KeyVerdict = (typeof VERDICTS)[number];

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
/** An idle key that nobody minded for this many times the limit is no longer an oversight. */
const CRITICAL_FACTOR = 2;

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
  const finding = findingOf(key, { verdict, idleDays, frame });
  return {
    verdict,
    idleDays,
    ...(finding && { finding }),
    rank: finding ? VERDICTS.indexOf(verdict) + (finding.severity === 'critical' ? VERDICTS.length : 0) : 0,
    act: actOf(key, { verdict, idleDays, warnedAt, frame }),
  };
}

/**
 * Unknown age counts as new (F18), as does a time in the future. A key never used is as old as its making, but no older than the
 * tracking of uses: before that, “never” means “nobody wrote it down” (F90).
 */
function idleDaysOf({ createdAt, lastUsedAt }: KeyFacts, { trackedFrom, now }: Frame): number {
  if (createdAt === undefined && lastUsedAt === undefined) return 0;
  const since = Math.max(createdAt ?? Number.NEGATIVE_INFINITY, lastUsedAt ?? trackedFrom);
  return Math.max(0, Math.floor((now - since) / DAY_SECONDS));
}

type Judging = { idleDays: number; warnedAt: number | undefined; frame: Frame };

function verdictOf(key: KeyFacts, { idleDays, warnedAt, frame }: Judging): KeyVerdict {
  const { policy, now } = frame;
  if (!key.active) return 'off';
  if (frame.exemptKeys.has(key.keyId) || frame.exemptOwners.has(key.owner) || frame.exemptOwners.has(key.ownerName))
    return 'exempt';
  const isIdle = idleDays >= policy.maxIdleDays;
  const isWarned = warnedAt !== undefined && idleDays >= policy.warnAtDays;
  if (isIdle && isWarned && now >= warnedAt + policy.graceDays * DAY_SECONDS) return 'past grace';
  if (!key.ownerActive) return 'owner inactive';
  if (key.expiresAt !== undefined && key.expiresAt <= now) return 'past its expiry';
  if (isWarned) return 'warned';
  if (isIdle) return wasNeverUsed(key, frame) ? 'never used' : 'idle';
  if (idleDays >= policy.warnAtDays) return 'soon idle';
  return key.ownerActiveKeys > policy.maxActiveKeysPerOwner ? 'one of many' : 'in use';
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
  if (verdict === 'past grace') return isSpared(key, frame.policy) ? 'none' : 'disable';
  const mayWarn = verdict !== 'off' && verdict !== 'exempt' && warnedAt === undefined;
  return mayWarn && idleDays >= frame.policy.warnAtDays ? 'warn' : 'none';
}

/**
 * The owner's most recently used active key is never turned off, so the last one never is; of keys equally old all are spared.
 */
function isSpared(key: KeyFacts, policy: Policy): boolean {
  if (policy.disableLastActiveKey) return false;
  const own = Math.max(key.createdAt ?? Number.NEGATIVE_INFINITY, key.lastUsedAt ?? Number.NEGATIVE_INFINITY);
  return key.ownerActiveKeys <= 1 || key.ownerLatest === undefined || own >= key.ownerLatest;
}

type Found = { verdict: KeyVerdict; idleDays: number; frame: Frame };

function findingOf(key: KeyFacts, found: Found): Finding | undefined {
  const said = SAID[found.verdict]?.(key, found);
  if (said === undefined) return undefined;
  const tooLong = found.idleDays >= CRITICAL_FACTOR * found.frame.policy.maxIdleDays;
  const severity = tooLong && said.severity === 'warning' ? 'critical' : said.severity;
  return { severity, target: key.keyId, what: said.what, remedy: said.remedy };
}

type Said = (key: KeyFacts, found: Found) => Omit<Finding, 'target'>;

const SAID: { [Verdict in KeyVerdict]?: Said } = {
  'one of many': ({ ownerName, ownerActiveKeys }, { frame }) => ({
    severity: 'info',
    what: `${ownerName} has ${ownerActiveKeys} active keys; ${frame.policy.maxActiveKeysPerOwner} are allowed`,
    remedy: 'Ask the owner which keys are still needed, and turn the others off.',
  }),
  'soon idle': ({ ownerName }, { idleDays, frame }) => ({
    severity: 'info',
    what: `${ownerName}’s key has been idle for ${idleDays} days; at ${frame.policy.maxIdleDays} it counts as idle`,
    remedy: 'Ask the owner whether the key is still needed; using it once is enough to keep it.',
  }),
  'never used': ({ ownerName }, { idleDays }) => ({
    severity: 'warning',
    what: `${ownerName}’s key was made ${idleDays} days ago and has never been used`,
    remedy: 'Ask the owner why it was made; turn it off if nobody knows.',
  }),
  idle: ({ ownerName }, { idleDays, frame }) => ({
    severity: 'warning',
    what: `${ownerName}’s key has been idle for ${idleDays} days; ${frame.policy.maxIdleDays} are allowed`,
    remedy: 'Ask the owner whether the key is still needed, or list it in policy.exemptKeys.',
  }),
  warned: ({ ownerName }, { idleDays, frame }) => ({
    severity: 'warning',
    what: `${ownerName}’s key has been idle for ${idleDays} days, and its owner was warned`,
    remedy: `Use the key or exempt it; ${frame.policy.graceDays} days after the warning, an idle key is turned off.`,
  }),
  'past its expiry': ({ ownerName, expiresAt }) => ({
    severity: 'warning',
    what: `${ownerName}’s key is active although it expired on ${dayOf(expiresAt)}`,
    remedy: 'Turn the key off, or correct its expiry; find out why the system still accepts it.',
  }),
  'owner inactive': ({ ownerName }) => ({
    severity: 'warning',
    what: `${ownerName} is no longer active, but this key of theirs still is`,
    remedy: 'Turn the key off, or hand it to an owner who is there.',
  }),
  'past grace': (key, { idleDays, frame }) => ({
    severity: 'critical',
    what: `${key.ownerName}’s key has been idle for ${idleDays} days, and the grace after its warning is over`,
    remedy: isSpared(key, frame.policy)
      ? 'It is its owner’s most recently used key, so it is left on; turn it off by hand if the owner is gone.'
      : 'In enforce mode it is turned off now; {"restore": ["<key id>"]} turns it on again.',
  }),
};

function dayOf(seconds: number | undefined): string {
  return seconds === undefined || !Number.isFinite(seconds)
    ? 'an unknown day'
    : new Date(seconds * 1000).toISOString().slice(0, 10);
}
