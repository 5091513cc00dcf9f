/** prepare → hand out → look how far it came → conclude, as one marking in as many invocations as it takes. */
import type { DurableResult, DurableRun } from '../../runtime/durable.ts';
import { spansOf } from '../shards.ts';
import { conclude } from './conclude.ts';
import type { Input, Settings } from './contract.ts';
import { follow } from './follow.ts';
import { prepare } from './prepare.ts';

export type Coordination = DurableRun<Settings, Input>;

/** So many steps, waits and invocations AWS lets an execution have, less some that are not of a lane. */
const OPERATIONS = 3_000 - 20;

/** @throws RefusalError where any shard cannot be marked; those that are done stay done, and the marking before goes on to count (F57) */
export async function run(gc: Coordination): Promise<DurableResult> {
  const { atOnce } = gc.settings.coordinator;
  const prepared = await gc.once('prepare the marking', () => prepare(gc));
  const spans = spansOf(prepared.unfinished, atOnce);
  const lanes = spans.map((span, lane) => ({ lane, lanes: Math.min(atOnce, spans.length), ...span }));
  const operations = Math.floor(OPERATIONS / lanes.length);
  const followed = await gc.each('mark', lanes, {
    atOnce,
    work: (lane, steps) => follow(gc, { ...prepared, operations }, lane, steps),
  });
  return conclude(gc, prepared, followed);
}
