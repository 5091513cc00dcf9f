/** What has waited for its grace: read from the marking that counts, stored as the plan of this run, and counted against the caps. */
import { RefusalError } from '../runtime/errors.ts';
import { compareBytes } from '../runtime/order.ts';
import { openSpool } from '../runtime/spool.ts';
import type { Store } from '../runtime/store.ts';
import type { Settings } from './contract.ts';
import type { Ages } from './decide.ts';
import { dueBefore, isOldEnough } from './decide-due.ts';
import type { Ground } from './ground.ts';
import { type Candidate, readManifests } from './manifest.ts';
import { blobsOf, lastOf, type Marking, readMarkings } from './marking.ts';
import type { ShardResult } from './shard.ts';
import { takenOf } from './taken.ts';

/** `due` is all of it, `planned` what one run may take; the plan is in `key`, in byte order of the keys. */
export type Plan = { marking: Marking; due: number; bytes: number; planned: number; of: number; key: string };

/** Undefined where no marking counts yet. @throws EvidenceError, RefusalError */
export async function planDue(ground: Ground): Promise<Plan | undefined> {
  const { run, session, storeNowMs } = ground;
  const marking = await countingMarking(run.store, run.stateKey('marking.json'), run.settings);
  if (marking === undefined) return undefined;
  const taken = takenOf(ground.taken);
  const after = taken.marking === marking.id ? taken.after : '';
  const before = dueBefore(run.settings.policy, { nowMs: storeNowMs, undoneAt: taken.undoneAt });
  const key = run.evidenceKey('due.jsonl.gz');
  const { minAgeHours, batchObjects: most } = run.settings.policy;
  const [clock] = await session.query<{ now: number }>(`SELECT date_part('epoch', pg_catalog.now()) AS now`);
  const ages = { minAgeHours, storeNowMs, databaseNowSeconds: Number(clock?.now) };
  const counted = await storeDue(run.store, { marking, after, before, ages, key, most });
  return { marking, ...counted, of: await objectsOf(run.store, marking), key };
}

async function countingMarking(store: Store, key: string, settings: Settings): Promise<Marking | undefined> {
  const { value = {} } = await readMarkings(store, key);
  return lastOf(value, blobsOf(settings));
}

type Asked = { marking: Marking; after: string; before: number; ages: Ages; key: string; most: number };

async function storeDue(store: Store, { marking, after, before, ages, key, most }: Asked) {
  const spool = await openSpool('due.jsonl.gz');
  const counted = { due: 0, bytes: 0, planned: 0 };
  try {
    const manifests = marking.finished.map(({ manifest }) => manifest);
    for await (const candidates of readManifests(store, manifests)) {
      for (const candidate of candidates.filter((one) => isDue(one, { after, before, ages }))) {
        counted.due += 1;
        counted.bytes += candidate.bytes;
        if (counted.planned === most) continue;
        counted.planned += 1;
        spool.write(`${JSON.stringify(candidate)}\n`);
      }
      await spool.drained();
    }
    if (counted.planned > 0) await store.create(key, await spool.finish());
    return counted;
  } finally {
    await spool.discard();
  }
}

type Waited = Pick<Asked, 'after' | 'before' | 'ages'>;

function isDue(candidate: Candidate, { after, before, ages }: Waited): boolean {
  const { key, markedAt } = candidate;
  if (after !== '' && compareBytes(key, after) <= 0) return false;
  return Date.parse(markedAt) <= before && isOldEnough(candidate, ages);
}

/** How many objects the marking saw, for the cap in percent. */
async function objectsOf(store: Store, { finished }: Marking): Promise<number> {
  let objects = 0;
  for (const { result } of finished) {
    const { value } = await store.readJson<ShardResult>(result);
    if (value === undefined)
      throw new RefusalError(`${result} is gone from the evidence bucket, so no cap can be judged.`);
    objects += value.tally.objects;
  }
  return objects;
}

/** The plan, some candidates at a time, in its order. @param sizeOfNext is asked when the wave before has been worked through */
export async function* readPlan(
  store: Store,
  { key, planned }: Plan,
  sizeOfNext: () => number,
): AsyncGenerator<Candidate[]> {
  if (planned === 0) return;
  let wave: Candidate[] = [];
  let size = sizeOfNext();
  for await (const candidates of readManifests(store, [key])) {
    for (const candidate of candidates) {
      wave.push(candidate);
      if (wave.length < size) continue;
      yield wave;
      wave = [];
      size = sizeOfNext();
    }
  }
  if (wave.length > 0) yield wave;
}
