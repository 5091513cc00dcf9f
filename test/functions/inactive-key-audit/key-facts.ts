/** Keys and policies for the tests of `decide`, in days rather than seconds. */
import { type Policy, Settings } from '../../../functions/inactive-key-audit/contract.ts';
import { frameOf, type Judgement, judge, type KeyFacts } from '../../../functions/inactive-key-audit/decide.ts';

const DAY_SECONDS = 86_400;
export const NOW = Date.UTC(2026, 5, 15, 4, 30) / 1000;

/** A time, as many days before NOW. */
export const ago = (days: number) => NOW - days * DAY_SECONDS;

export function policyOf(overrides: Partial<Policy> = {}): Policy {
  return Settings.shape.policy.parse({ trackingSince: '2024-01-01', ...overrides });
}

/** A healthy key of an owner with another one that is used daily. */
export const HEALTHY: KeyFacts = {
  keyId: 'KEY',
  owner: '7',
  ownerName: 'ada',
  ownerActive: true,
  createdAt: ago(300),
  lastUsedAt: ago(1),
  expiresAt: undefined,
  active: true,
  ownerActiveKeys: 2,
  ownerLatest: ago(0),
};

type Given = Partial<KeyFacts> & { warnedAt?: number; policy?: Partial<Policy> };

export function judged({ warnedAt, policy, ...facts }: Given): Judgement {
  return judge({ ...HEALTHY, ...facts }, warnedAt, frameOf(policyOf(policy), NOW));
}
