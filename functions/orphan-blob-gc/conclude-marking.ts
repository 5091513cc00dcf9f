/** What a marking adds up to by now: its shards of this run and of the runs before, told and counted. */
import { EvidenceError } from '../runtime/errors.ts';
import { findAll } from '../runtime/findings.ts';
import type { Result } from '../runtime/invocation.ts';
import type { Store } from '../runtime/store.ts';
import type { Detail } from './detail.ts';
import type { Progress, Run } from './mark.ts';
import { isComplete, type Marking } from './marking.ts';
import type { ShardResult } from './shard.ts';
import { shardOf } from './shards.ts';
import type { Surroundings } from './surroundings.ts';
import { sumOf, type Tally } from './tally.ts';
import { blobTarget, tellLost, tellTotals, tellUnfinished } from './tell.ts';
import { templateOf } from './template.ts';
import { formatDuration } from './words.ts';

type Told = Pick<Marking, 'id' | 'shards' | 'begunAt' | 'finished'>;
type Marked = Pick<Progress, 'results' | 'pace'> & { marking: Told; around: Surroundings };
/** What of a run it takes. */
type Teller = Pick<Run, 'settings' | 'store'>;

export async function concludeMarking(run: Run, marked: Marked): Promise<Result> {
  const { findings, isUnseen, ...told } = await tellMarking(run, marked);
  const open = await run.openFindings(isUnseen);
  return { ...told, found: await findAll(open, findings, run.evidenceKey('findings.jsonl.gz')) };
}

/** The same before anything of it is written: for whoever opens findings at another time. `results` are of the last of its shards. */
export async function tellMarking(run: Teller, { marking, results, pace, around }: Marked) {
  const { settings, store } = run;
  const all = [...(await earlierResults(store, marking, results)), ...results];
  const tally = sumOf(all.map((result) => result.tally));
  const lost = tellLost(settings, all);
  const totals = isComplete(marking)
    ? tellTotals({ settings, tally, results: all, around })
    : tellUnfinished(settings, { ...marking, finished: marking.finished.length, nowMs: around.storeNowMs });
  return {
    examined: Math.max(tally.objects, tally.rows),
    findings: [...lost, ...totals],
    isUnseen: isComplete(marking) ? undefined : unseenOf(run, marking),
    outcomes: [],
    detail: detailOf(run, marking, tally),
    metrics: metricsOf(tally, lost.length),
    ...(!isComplete(marking) && { ending: partialOf(marking, pace) }),
    settled: true,
  };
}

async function earlierResults(store: Store, { finished }: Told, own: ShardResult[]): Promise<ShardResult[]> {
  const earlier = finished.slice(0, finished.length - own.length);
  return Promise.all(
    earlier.map(async ({ result }) => {
      const { value } = await store.readJson<ShardResult>(result);
      if (value === undefined) throw new EvidenceError(`${result} is gone from the evidence bucket.`);
      return value;
    }),
  );
}

/** Totals, and blobs of shards that are still to come: what was known of them stays known. */
function unseenOf({ settings }: Teller, { finished, shards }: Told): (target: string) => boolean {
  const { hashOf } = templateOf(settings);
  const start = blobTarget(settings, '').length;
  const seen = new Set(finished.map(({ shard }) => shard));
  return (target) => {
    const hash = hashOf(target.slice(start));
    return hash === undefined || !seen.has(shardOf(hash, shards));
  };
}

function partialOf({ finished, shards }: Told, pace: Progress['pace']) {
  const left = shards - finished.length;
  const more = formatDuration((pace.seconds / Math.max(1, pace.shards)) * left);
  const because = `Time ran out with ${finished.length} of ${shards} shards marked; at this pace the rest takes about ${more}. The next marking goes on from there, and the last complete one counts until then.`;
  return { verdict: 'partial' as const, because };
}

function metricsOf(tally: Tally, lost: number) {
  const orphans = [tally.verdicts['no row'], tally.verdicts['row unreferenced']];
  const sum = (of: 'objects' | 'bytes') => orphans.reduce((total, examples) => total + (examples?.[of] ?? 0), 0);
  return {
    OrphanObjects: { value: sum('objects'), unit: 'Count' },
    OrphanBytes: { value: sum('bytes'), unit: 'Bytes' },
    LostBlobs: { value: lost, unit: 'Count' },
  };
}

/** So many manifests are named in a report, which a durable step must be able to answer with; `state/` names all. */
const NAMED = 256;

function detailOf({ settings }: Teller, marking: Told, tally: Tally): Detail {
  const { id, shards, finished } = marking;
  const { minAgeHours, graceDays } = settings.policy;
  const verdicts = Object.entries(tally.verdicts).map(([verdict, { objects, bytes }]) => [verdict, { objects, bytes }]);
  return {
    marking: { id, shards, finished: finished.length, isComplete: isComplete(marking) },
    rows: tally.rows,
    objects: tally.objects,
    bytes: tally.bytes,
    verdicts: Object.fromEntries(verdicts),
    ages: tally.ages,
    prefixes: Object.entries(tally.prefixes).map(([prefix, amount]) => ({ prefix, ...amount })),
    due: tally.due,
    largest: tally.largest,
    policy: { minAgeHours, graceDays },
    manifests: finished.slice(0, NAMED).map(({ manifest }) => manifest),
  };
}
