/** prepare → hand out → look how far it came → conclude, as one marking in as many invocations as it takes. */
import type { DurableResult, DurableRun } from '../../runtime/durable.ts';
import { conclude } from './conclude.ts';
import type { Input, Settings } from './contract.ts';
import { follow, lanesOf } from './follow.ts';
import { prepare } from './prepare.ts';

export type Coordination = DurableRun<Settings, Input>;

/** @throws RefusalError where any shard cannot be marked; those that are done stay done, and the marking before goes on to count (F57) */
export async function run(gc: Coordination): Promise<DurableResult> {
  const { atOnce } = gc.settings.coordinator;
  const prepared = await gc.once('prepare the marking', () => prepare(gc));
  const { lanes, operations } = lanesOf(prepared.unfinished, atOnce);
  const followed = await gc.each('mark', lanes, {
    atOnce,
    work: (lane, steps) => follow(gc, { ...prepared, operations }, lane, steps),
  });
  return conclude(gc, prepared, followed);
}
