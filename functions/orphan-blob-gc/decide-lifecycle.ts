/** Judges what the bucket erases by itself: that it keeps quarantined blobs for the grace, erases them then, and no living one. Pure. */
import type { LifecycleRule } from '../object-store/lifecycle.ts';
import type { Finding } from '../runtime/report.ts';
import type { Settings } from './contract.ts';

type Bucket = { isVersioned: boolean; rules: LifecycleRule[] };
type Said = Omit<Finding, 'target'>;
type Asked = Pick<Settings, 'prefix' | 'key' | 'quarantine' | 'policy'>;

export function decideLifecycle({ isVersioned, rules }: Bucket, settings: Asked): Said[] {
  const blobs = beginningOf(settings);
  const living = rules.filter(({ prefix, expireDays }) => expireDays !== undefined && overlap(prefix, blobs));
  return [
    ...living.map(erasesLiving),
    ...uncopiable(settings, { rules, blobs }),
    ...quarantineOf(settings, { isVersioned, rules, blobs }),
  ];
}

/** After what all blobs’ keys begin with comes a hash, so a longer prefix is about blobs only if it goes on with a digit of one. */
function overlap(rule: string, blobs: string): boolean {
  return blobs.startsWith(rule) || (rule.startsWith(blobs) && /^[0-9a-f]/.test(rule.slice(blobs.length)));
}

/** A quarantine prefix below the blobs’ own is covered by a rule of its own; only a rule that reaches the blobs is meant. */
function erasesLiving({ id, expireDays }: LifecycleRule): Said {
  return {
    severity: 'critical',
    what: `the bucket’s lifecycle rule “${id}” erases objects ${expireDays} days after their upload, referenced or not`,
    remedy: 'Take the blobs’ prefix out of the rule now; what it has erased may come back from former versions.',
  };
}

/** What is archived can be hidden as it is, and cannot be copied. */
function uncopiable({ quarantine }: Asked, { rules, blobs }: Omit<Waiting, 'isVersioned'>): Said[] {
  if (quarantine.kind !== 'prefix') return [];
  return rules
    .filter(({ prefix, archiveDays }) => archiveDays !== undefined && overlap(prefix, blobs))
    .map(({ id, archiveDays }) => ({
      severity: 'warning',
      what: `the bucket’s lifecycle rule “${id}” archives blobs ${archiveDays} days after their upload; from then on they cannot be copied, and stay where they are`,
      remedy: 'Take the blobs’ prefix out of the rule, or keep versions and set quarantine to a delete marker.',
    }));
}

type Waiting = Bucket & { blobs: string };

function quarantineOf({ quarantine, policy }: Asked, { isVersioned, rules, blobs }: Waiting): Said[] {
  const { graceDays } = policy;
  if (quarantine.kind === 'delete-marker' && !isVersioned) return [noVersions];
  const { covering, touching, archiving } = daysInQuarantine({ quarantine, blobs, rules });
  const [erased, archived] = [Math.min(...touching), Math.min(...archiving)];
  if (erased < graceDays) return [tooSoon(erased, graceDays)];
  if (archived < graceDays) return [archivedTooSoon(archived, graceDays)];
  return covering.length === 0 ? [noRule(graceDays)] : [];
}

/**
 * After how many days rules erase what is in quarantine: those that cover all of it, and those that touch any of it. One for some of it
 * only, by prefix, tag or size, gives no space back that could be relied on, and still may erase what must be kept. And after how many
 * they archive any of it.
 */
function daysInQuarantine({ quarantine, blobs, rules }: Pick<Asked, 'quarantine'> & Omit<Waiting, 'isVersioned'>): {
  covering: number[];
  touching: number[];
  archiving: number[];
} {
  const isMarker = quarantine.kind === 'delete-marker';
  const where = isMarker ? blobs : quarantine.prefix;
  const daysOf = (rule: LifecycleRule) => (isMarker ? rule.noncurrentDays : rule.expireDays) ?? [];
  const isTouched = (rule: string) =>
    isMarker ? overlap(rule, blobs) : where.startsWith(rule) || rule.startsWith(where);
  const touching = rules.filter(({ prefix }) => isTouched(prefix));
  return {
    covering: rules.filter((rule) => covers(rule, where)).flatMap(daysOf),
    touching: touching.flatMap(daysOf),
    archiving: touching.flatMap((rule) => (isMarker ? rule.noncurrentArchiveDays : rule.archiveDays) ?? []),
  };
}

/** When the space of what is quarantined really comes back; undefined where no rule does that. */
export function erasedAfterDays(rules: LifecycleRule[], settings: Pick<Asked, 'prefix' | 'key' | 'quarantine'>) {
  const { covering } = daysInQuarantine({ ...settings, rules, blobs: beginningOf(settings) });
  return covering.length === 0 ? undefined : Math.min(...covering);
}

function beginningOf({ prefix, key }: Pick<Asked, 'prefix' | 'key'>): string {
  return `${prefix}${key}`.split('{')[0] ?? '';
}

function covers({ prefix, isNarrowed }: LifecycleRule, where: string): boolean {
  return where.startsWith(prefix) && !isNarrowed;
}

const noVersions: Said = {
  severity: 'warning',
  what: 'the bucket keeps no versions, so a delete marker would destroy what it hides',
  remedy: 'Switch versioning on, or set quarantine to a prefix; until then nothing can be quarantined.',
};

function noRule(graceDays: number): Said {
  return {
    severity: 'warning',
    what: 'no lifecycle rule of the bucket erases what stays in quarantine, so no space ever comes back',
    remedy: `Add a rule that erases quarantined objects after ${graceDays} days or more, or set lifecycleRule: false.`,
  };
}

/** Its marker could be removed, and what came back could be neither read nor copied. */
function archivedTooSoon(days: number, graceDays: number): Said {
  return {
    severity: 'critical',
    what: `a lifecycle rule archives quarantined objects after ${days} days, and nothing comes back from an archive at once; they must be readable for ${graceDays}`,
    remedy:
      'Lengthen the rule, or let it use a class that reads at once: until then a wrong decision could not be undone.',
  };
}

function tooSoon(days: number, graceDays: number): Said {
  return {
    severity: 'critical',
    what: `a lifecycle rule erases quarantined objects after ${days} days; they must be kept for ${graceDays}`,
    remedy: 'Lengthen the rule: until then a wrong decision could not be undone.',
  };
}
