/** Judges whether a bucket's own rules erase what is too old, and nothing that should be kept. Pure. */
import type { LifecycleRule } from '../../object-store/lifecycle.ts';
import type { Problem } from './looking.ts';
import { fewOf } from './words.ts';

type Kept = {
  /** Undefined where nobody asked for the rules. */
  rules: LifecycleRule[] | undefined;
  /** The prefix, or the key. */
  prefix: string;
  keepDays: number;
  isVersioned: boolean;
  /** One key that is written again and again: its history is in its versions. */
  isOverwritten?: boolean;
};

export function judgeLifecycle({ rules, ...kept }: Kept): Problem[] {
  if (rules === undefined) return [];
  const { prefix } = kept;
  const covering = rules.filter((rule) => !rule.isNarrowed && prefix.startsWith(rule.prefix));
  const touching = rules.filter((rule) => prefix.startsWith(rule.prefix) || rule.prefix.startsWith(prefix));
  const lacking = whatLacks(covering, kept);
  const short = tooShort(touching, kept);
  // One finding of one thing; what erases too much is worse than what erases nothing.
  if (short.length > 0) return [erasesTooSoon(short, kept)];
  return lacking.length > 0 ? [erasesNothing(lacking, kept)] : [];
}

function whatLacks(covering: LifecycleRule[], { isVersioned, isOverwritten = false }: Omit<Kept, 'rules'>): string[] {
  return [
    ...(!isOverwritten && covering.every(({ expireDays }) => expireDays === undefined) ? ['objects'] : []),
    ...(isVersioned && covering.every(({ noncurrentDays }) => noncurrentDays === undefined) ? ['former versions'] : []),
  ];
}

function tooShort(
  touching: LifecycleRule[],
  { keepDays, isOverwritten = false }: Omit<Kept, 'rules'>,
): LifecycleRule[] {
  return touching.filter(({ expireDays, noncurrentDays }) => {
    const isShort = (expireDays ?? keepDays) < keepDays;
    // Where each backup has a key of its own, a version becomes a former one only when it was to go.
    return isShort || (isOverwritten && (noncurrentDays ?? keepDays) < keepDays);
  });
}

function erasesTooSoon(short: LifecycleRule[], { keepDays, prefix }: Omit<Kept, 'rules'>): Problem {
  const said = short.map(({ id, expireDays, noncurrentDays }) => `${id} (${expireDays ?? noncurrentDays} days)`);
  return {
    severity: 'warning',
    thing: 'lifecycle',
    what: `a lifecycle rule erases what is under ${prefix || 'the bucket'} before ${keepDays} days: ${fewOf(said)}`,
    remedy: `Raise the rule to ${keepDays} days or more, or lower keepDays.`,
  };
}

function erasesNothing(lacking: string[], { keepDays, prefix }: Omit<Kept, 'rules'>): Problem {
  return {
    severity: 'warning',
    thing: 'lifecycle',
    what: `no lifecycle rule erases ${lacking.join(' and ')} under ${prefix || 'the bucket'}`,
    remedy: `Add a rule for the prefix that does, after ${keepDays} days or more, or set lifecycleRule to false.`,
  };
}
