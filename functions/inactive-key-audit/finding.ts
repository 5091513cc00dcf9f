/** What is said of a key that something is wrong with, and what to do about it. */
import type { Finding } from '../runtime/report.ts';
import type { Policy } from './contract.ts';
import type { KeyFacts, KeyVerdict } from './decide.ts';

/** An idle key that nobody minded for this many times the limit is no longer an oversight. */
const CRITICAL_FACTOR = 2;

export type Judged = {
  verdict: KeyVerdict;
  idleDays: number;
  /** Whether the verdict hides that the owner was warned about an idle key. */
  alsoWarned: boolean;
  /** Whether it is left on because it is its owner's most recently used. */
  isSpared: boolean;
  policy: Policy;
};

/** Undefined where nothing is wrong. */
export function findingOf(key: KeyFacts, found: Judged): Finding | undefined {
  const said = SAID[found.verdict]?.(key, found);
  if (said === undefined) return undefined;
  const tooLong = found.idleDays >= CRITICAL_FACTOR * found.policy.maxIdleDays;
  const severity = tooLong && said.severity === 'warning' ? 'critical' : said.severity;
  const { graceDays } = found.policy;
  const also = found.alsoWarned ? ` It is idle as well: ${graceDays} days after the warning it is turned off.` : '';
  return { severity, target: key.keyId, what: said.what, remedy: said.remedy + also };
}

type Said = (key: KeyFacts, found: Judged) => Omit<Finding, 'target'>;

const SAID: { [Verdict in KeyVerdict]?: Said } = {
  'one of many': ({ ownerName, ownerActiveKeys }, { policy }) => ({
    severity: 'info',
    what: `${ownerName} has ${ownerActiveKeys} active keys; ${policy.maxActiveKeysPerOwner} are allowed`,
    remedy: 'Ask the owner which keys are still needed, and turn the others off.',
  }),
  'soon idle': ({ ownerName }, { idleDays, policy }) => ({
    severity: 'info',
    what: `${ownerName}’s key has been idle for ${idleDays} days; at ${policy.maxIdleDays} it counts as idle`,
    remedy: 'Ask the owner whether the key is still needed; using it once is enough to keep it.',
  }),
  'never used': ({ ownerName }, { idleDays }) => ({
    severity: 'warning',
    what: `${ownerName}’s key was made ${idleDays} days ago and has never been used`,
    remedy: 'Ask the owner why it was made; turn it off if nobody knows.',
  }),
  idle: ({ ownerName }, { idleDays, policy }) => ({
    severity: 'warning',
    what: `${ownerName}’s key has been idle for ${idleDays} days; ${policy.maxIdleDays} are allowed`,
    remedy: 'Ask the owner whether the key is still needed, or list it in policy.exemptKeys.',
  }),
  warned: ({ ownerName }, { idleDays, policy }) => ({
    severity: 'warning',
    what: `${ownerName}’s key has been idle for ${idleDays} days, and its owner was warned`,
    remedy: `Use the key or exempt it; ${policy.graceDays} days after the warning, an idle key is turned off.`,
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
  'past grace': (key, { idleDays, isSpared }) => ({
    severity: 'critical',
    what: `${key.ownerName}’s key has been idle for ${idleDays} days, and the grace after its warning is over`,
    remedy: isSpared
      ? 'It is its owner’s most recently used key, so it is left on; turn it off by hand if the owner is gone.'
      : 'In enforce mode it is turned off now; {"restore": ["<key id>"]} turns it on again.',
  }),
};

function dayOf(seconds: number | undefined): string {
  const date = new Date((seconds ?? Number.NaN) * 1000);
  return Number.isNaN(date.getTime()) ? 'an unknown day' : (date.toISOString().split('T')[0] ?? '');
}
