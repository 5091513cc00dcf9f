/** What a marking says to people: each lost blob by its name, and everything else in totals, of which there are few. Pure. */
import type { Severity } from '../runtime/contract.ts';
import type { Finding } from '../runtime/report.ts';
import type { Settings } from './contract.ts';
import { decideLifecycle } from './decide-lifecycle.ts';
import { TAKEN_UP_WITHIN_DAYS } from './marking.ts';
import type { ShardResult } from './shard.ts';
import type { Surroundings } from './surroundings.ts';
import type { Lost } from './suspects.ts';
import type { Examples, Tally } from './tally.ts';
import { formatBytes } from './words.ts';

type Marked = { settings: Settings; tally: Tally; results: ShardResult[]; around: Surroundings };

/** Totals sort before every blob: a space sorts before a slash. */
function targetOf({ store }: Pick<Settings, 'store'>, what: string): string {
  return `s3://${store.bucket} ${what}`;
}

export function blobTarget({ store }: Pick<Settings, 'store'>, key: string): string {
  return `s3://${store.bucket}/${key}`;
}

/** The findings about blobs that are lost: they do not wait until the marking is complete. */
export function tellLost(settings: Settings, results: ShardResult[]): Finding[] {
  return results.flatMap(({ lost }) =>
    lost.map((blob) => ({ target: blobTarget(settings, blob.key), ...lostWords(blob) })),
  );
}

/** The findings about all of the blobs together. */
export function tellTotals({ settings, tally, results, around }: Marked): Finding[] {
  const more = results.reduce((sum, { moreLost }) => sum + moreLost, 0);
  const totals = [...orphans(settings, tally), ...oddities(tally), ...leftOvers(around, settings)];
  const lifecycle = around.lifecycle ? decideLifecycle(around.lifecycle, settings) : [];
  return [
    ...totals.flatMap(({ about, examples, ...said }) =>
      examples.objects === 0
        ? []
        : [{ ...said, target: targetOf(settings, about), what: `${said.what}${namesOf(examples)}` }],
    ),
    ...(more > 0 ? [{ target: targetOf(settings, 'more lost blobs'), ...moreWords(more) }] : []),
    ...lifecycle.map((said, index) => ({ target: targetOf(settings, `lifecycle ${index + 1}`), ...said })),
  ];
}

/** Half of the time after which it is begun anew. */
const SLOW_AFTER_DAYS = TAKEN_UP_WITHIN_DAYS / 2;
const DAY_MS = 86_400_000;

type Unfinished = { begunAt: string; finished: number; shards: number; nowMs: number };

/** Each run of a marking that never ends looks well, and nothing of it ever counts. */
export function tellUnfinished(settings: Settings, { begunAt, finished, shards, nowMs }: Unfinished): Finding[] {
  const days = Math.floor((nowMs - Date.parse(begunAt)) / DAY_MS);
  if (days < SLOW_AFTER_DAYS) return [];
  const what = `the marking that was begun ${days} days ago has ${finished} of ${shards} shards; after ${TAKEN_UP_WITHIN_DAYS} days it is begun anew, and none of it has counted`;
  const remedy = 'Mark more often or with more shards, or deploy a coordinator (its README says when).';
  return [{ severity: 'warning', target: targetOf(settings, 'marking'), what, remedy }];
}

function lostWords({ verdict, references, rowBytes, objectBytes }: Lost): Omit<Finding, 'target'> {
  const remedy = 'Find out what removed or replaced it; bring it back from a former version, a copy or a backup.';
  if (verdict === 'wrong size') {
    const what = `possible data loss: its row says ${rowBytes} bytes, the object has ${objectBytes} (${references} references)`;
    return { severity: 'critical', what, remedy };
  }
  if (verdict === 'missing')
    return {
      severity: 'critical',
      what: `possible data loss: its row is there, its object is not (${references} references)`,
      remedy,
    };
  const what = `${references} references to it, and neither a row nor an object; how old they are is not known`;
  return { severity: 'warning', what, remedy: 'Find out whether the upload failed, or the blob was removed.' };
}

function moreWords(more: number): Omit<Finding, 'target'> {
  return {
    severity: 'critical',
    what: `possible data loss: ${more} more blobs seem to be missing or of another size, and were not looked up one by one`,
    remedy:
      'See first whether store, prefix and key in settings are the system’s own; then treat it as the loss of the bucket.',
  };
}

type Total = { about: string; severity: Severity; what: string; remedy: string; examples: Examples };

function orphans({ policy }: Settings, { verdicts }: Tally): Total[] {
  const remedy = `Nothing to do: in enforce mode what stays an orphan for ${policy.graceDays} days is quarantined.`;
  return (['no row', 'row unreferenced'] as const).map((kind) => {
    const examples = verdicts[kind] ?? NONE;
    const why = kind === 'no row' ? 'have no row in the blob table' : 'have a row that nothing references';
    const what = `${examples.objects} objects with ${formatBytes(examples.bytes)} ${why}`;
    return { about: `orphans: ${kind}`, severity: 'info', what, remedy, examples: { ...examples, first: [] } };
  });
}

const NONE: Examples = { objects: 0, bytes: 0, first: [] };

function oddities({ verdicts, strangers, countsOtherwise }: Tally): Total[] {
  const withoutRow = verdicts['referenced without row'] ?? NONE;
  const gone = verdicts['unreferenced and missing'] ?? NONE;
  return [
    {
      about: 'unrecognised keys',
      severity: 'info',
      what: `${strangers.objects} objects with ${formatBytes(strangers.bytes)} are not named by the key template; they are kept`,
      remedy: 'If they are blobs, correct prefix and key; if not, move them to another prefix.',
      examples: strangers,
    },
    {
      about: 'references without a row',
      severity: 'warning',
      what: `${withoutRow.objects} objects are referenced and have no row in the blob table; they are kept`,
      remedy: 'Find out why their rows are missing.',
      examples: withoutRow,
    },
    {
      about: 'rows of nothing',
      severity: 'info',
      what: `${gone.objects} rows have no object, and nothing references them; they are left alone`,
      remedy: 'They take no space in the bucket; remove them from the table if you like.',
      examples: gone,
    },
    {
      about: 'reference counts',
      severity: 'warning',
      what: `${countsOtherwise.objects} rows count other references than there are`,
      remedy: 'Nothing here trusts the count, but the system may: one that is too low lets it delete what is needed.',
      examples: countsOtherwise,
    },
  ];
}

function leftOvers({ uploads = NONE, temporary }: Surroundings, { policy }: Settings): Total[] {
  const age = `older than ${policy.minAgeHours} hours`;
  return [
    {
      about: 'abandoned uploads',
      severity: 'warning',
      what: `${uploads.objects} uploads in parts were begun and never ended, ${age}`,
      remedy:
        'Abort them, and add a lifecycle rule that does (AbortIncompleteMultipartUpload): they cost like objects.',
      examples: uploads,
    },
    {
      about: 'temporary objects',
      severity: 'warning',
      what: `${temporary.objects} temporary objects with ${formatBytes(temporary.bytes)} are ${age}`,
      remedy: 'Remove them, or let a lifecycle rule do it.',
      examples: temporary,
    },
  ];
}

function namesOf({ first, objects }: Examples): string {
  if (first.length === 0) return '';
  return `: ${first.join(', ')}${objects > first.length ? ', …' : ''}`;
}
