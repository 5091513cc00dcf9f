/** Judges base backups. Pure. */
import type { SourceOf } from '../contract.ts';
import type { Label } from './backup-label.ts';
import type { Manifest, ReadManifest } from './base-manifest.ts';
import type { Unit } from './base-unit.ts';
import { judgeLifecycle } from './decide-lifecycle.ts';
import { judgeSchedule } from './decide-schedule.ts';
import type { Made, Problem } from './looking.ts';
import type { Erasing } from './stores.ts';
import { fewOf, HOUR_MS, sizeSaid, timeSaid } from './words.ts';

/** What was read of the newest one. */
export type Newest = {
  unit: Unit;
  manifest: ReadManifest | undefined;
  label: Label | { wrong: string };
  /** Paths of a plain backup’s files; undefined where they are inside of archives. */
  sizes: ReadonlyMap<string, number> | undefined;
};

export type BaseFacts = {
  /** Oldest first, without one that is still being made. */
  units: Unit[];
  underWay: Unit | undefined;
  newest: Newest | undefined;
  erasing: Erasing;
};

/** A folder is filled over some time, and its manifest comes last. */
export function splitUnderWay(units: Unit[], now: number, graceHours: number): Pick<BaseFacts, 'units' | 'underWay'> {
  const [before, last] = units.slice(-2);
  const isUnderWay =
    last !== undefined &&
    before?.manifest !== undefined &&
    last.format !== 'archive' &&
    last.manifest === undefined &&
    now - last.at < graceHours * HOUR_MS;
  return isUnderWay ? { units: units.slice(0, -1), underWay: last } : { units, underWay: undefined };
}

export function judgeBase(
  facts: BaseFacts,
  source: SourceOf<'base'>,
  { now, first }: { now: number; first: number | undefined },
): Problem[] {
  const { schedule, prefix } = source;
  const made = facts.units.map(madeOf);
  return [
    ...judgeSchedule({ made, schedule, now, first }),
    ...judgeLifecycle({ ...facts.erasing, prefix, keepDays: schedule.keepDays }),
    ...(facts.newest === undefined ? [] : judgeNewest(facts.newest)),
  ];
}

export function madeOf({ name, at, bytes }: Unit): Made {
  return { name: name === '' ? 'the backup' : name, at, bytes };
}

/** No server would start from it, or nobody knows what it lacks: nothing is brought back by it, nor by WAL that continues it. */
export function isBroken(newest: Newest): boolean {
  return judgeNewest(newest).some(({ severity }) => severity === 'critical');
}

/** What cannot be told of it is not in order: a backup is believed when it can be shown to be whole. */
function judgeNewest(newest: Newest): Problem[] {
  const manifest =
    newest.manifest !== undefined && 'manifest' in newest.manifest ? newest.manifest.manifest : undefined;
  return [...judgeManifest(newest), ...judgeLabel(newest, manifest), ...(manifest ? judgeFiles(newest, manifest) : [])];
}

function judgeManifest({ unit, manifest }: Newest): Problem[] {
  if (manifest === undefined) {
    const remedy =
      'Keep pg_basebackup’s backup_manifest beside it (it is written since PostgreSQL 13), in a folder for each backup.';
    return [
      {
        severity: 'warning',
        thing: 'manifest',
        what: `${nameOf(unit)} has no manifest, so nobody can tell that it is whole`,
        remedy,
      },
    ];
  }
  if ('manifest' in manifest) return [];
  const what = `the manifest of ${nameOf(unit)} is not to be trusted: ${manifest.wrong}`;
  return [
    {
      severity: 'critical',
      thing: 'manifest',
      what,
      remedy: 'Take a new base backup, and see why this one did not end well.',
    },
  ];
}

function judgeLabel({ unit, label }: Newest, manifest: Manifest | undefined): Problem[] {
  if ('wrong' in label) {
    const severity = manifest === undefined ? 'critical' : 'warning';
    const what = `the backup_label of ${nameOf(unit)} cannot be read: ${label.wrong}`;
    return [
      {
        severity,
        thing: 'label',
        what,
        remedy: 'Without it no server starts recovery from the backup. Take a new one with pg_basebackup.',
      },
    ];
  }
  if (manifest === undefined || manifest.startLsn === label.startLsn) return [];
  const what = `label and manifest of ${nameOf(unit)} are of two different backups`;
  const remedy = 'Give each base backup a folder of its own, and take a new one.';
  return [{ severity: 'critical', thing: 'label', what, remedy }];
}

function judgeFiles({ unit, sizes }: Newest, { files }: Manifest): Problem[] {
  const wrong = sizes === undefined ? missingArchives(unit, files) : wrongFiles(sizes, files);
  if (wrong.length === 0) return [];
  const what = `${nameOf(unit)} has not what its manifest says: ${fewOf(wrong)}`;
  const remedy = 'Take a new base backup: this one does not start, or lacks data. See what interrupted or changed it.';
  return [{ severity: 'critical', thing: 'files', what, remedy }];
}

function wrongFiles(sizes: ReadonlyMap<string, number>, files: ReadonlyMap<string, number>): string[] {
  return [...files].flatMap(([path, bytes]) => {
    const own = sizes.get(path);
    if (own === bytes) return [];
    return [own === undefined ? `${path} is missing` : `${path} has ${own} bytes instead of ${bytes}`];
  });
}

/** Each tablespace is an archive of its own. */
function missingArchives({ tars, format, tar }: Unit, files: ReadonlyMap<string, number>): string[] {
  if (format !== 'tar') return [];
  const tablespaces = new Set([...files.keys()].flatMap((path) => /^pg_tblspc\/(\d+)\//.exec(path)?.[1] ?? []));
  const needed = ['base.tar', ...[...tablespaces].map((oid) => `${oid}.tar`)];
  const missing = needed.filter((name) => !tars.includes(name)).map((name) => `${name} is missing`);
  const inBase = [...files]
    .filter(([path]) => !path.startsWith('pg_tblspc/'))
    .reduce((sum, [, bytes]) => sum + bytes, 0);
  const isShort = tar?.key.endsWith('.tar') === true && tar.bytes < inBase;
  return isShort ? [...missing, `base.tar has ${sizeSaid(tar.bytes)}, and what is in it ${sizeSaid(inBase)}`] : missing;
}

function nameOf({ name }: Unit): string {
  return name === '' ? 'the backup' : name;
}

export function saidOf({ units, underWay, newest }: BaseFacts): string {
  if (newest === undefined) return 'There is no base backup.';
  const { unit, label } = newest;
  const where = 'wrong' in label ? '' : ` It begins on timeline ${label.timeline}.`;
  const making = underWay === undefined ? '' : ` ${nameOf(underWay)} is being made.`;
  return `${units.length} base ${units.length === 1 ? 'backup' : 'backups'}; the newest is ${nameOf(unit)} of ${timeSaid(unit.at)}, ${sizeSaid(unit.bytes)}.${where}${making}`;
}
