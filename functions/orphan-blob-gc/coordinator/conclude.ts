/** Puts the shards together: all of them make the marking count, some are a partial marking, and both are told as ever. */

import type { DurableResult } from '../../runtime/durable.ts';
import { EvidenceError, RefusalError } from '../../runtime/errors.ts';
import { tellMarking } from '../conclude-marking.ts';
import { allKept } from '../kept.ts';
import { isComplete, readMarkings, record } from '../marking.ts';
import { withSources } from '../sources.ts';
import { lookAround } from '../surroundings.ts';
import type { Followed } from './follow.ts';
import type { Prepared } from './prepare.ts';
import type { Coordination } from './run.ts';

/**
 * What may be otherwise in a replay is asked in steps: what is in the bucket, and which shards are done, as a late part may still store
 * one. Results are read outside, as what has been stored does not change, and last, so that nothing but the report depends on it.
 */
export async function conclude(run: Coordination, prepared: Prepared, followed: Followed[]): Promise<DurableResult> {
  refuseWhatFailed(followed);
  const around = await run.again('look around', () =>
    withSources(run, ({ objects, pace }) => lookAround(objects, run.settings, pace)),
  );
  const counted = await run.again('make the marking count', () => count(run, prepared));
  const done = await allKept(run, prepared.marking, counted);
  const finished = done.map((one) => one.finished);
  const shards = followed.reduce((sum, { done: some }) => sum + some, 0);
  const pace = { shards, seconds: (Date.now() - run.now.getTime()) / 1000 };
  const marking = { ...prepared.marking, finished };
  return tellMarking(run, { marking, results: done.map(({ kept }) => kept), pace, around });
}

function refuseWhatFailed(followed: Followed[]): void {
  const failed = followed.filter(({ because }) => because !== undefined);
  if (failed.length === 0) return;
  const left = failed.reduce((sum, one) => sum + one.left, 0);
  throw new RefusalError(
    `${left} shards could not be marked: ${failed[0]?.because} What is done stays done, and the next marking goes on from there.`,
  );
}

/**
 * Doing it twice is doing it once.
 * @returns the shards that are done
 * @throws EvidenceError where another run has taken the marking over
 */
async function count(run: Coordination, { marking }: Prepared): Promise<number[]> {
  const { store, stateKey } = run;
  const every = Array.from({ length: marking.shards }, (_, shard) => shard);
  const finished = (await allKept(run, marking, every)).map((one) => one.finished);
  const key = stateKey('marking.json');
  const seen = await readMarkings(store, key);
  const { counts, underWay } = seen.value ?? {};
  const found = [counts, underWay].find((one) => one?.id === marking.id);
  if (found === undefined) throw new EvidenceError(`${key} was changed by another run.`);
  const whole = { ...found, finished };
  if (found === underWay && isComplete(whole)) await record(store, { key, seen, marking: whole });
  return finished.map(({ shard }) => shard);
}
