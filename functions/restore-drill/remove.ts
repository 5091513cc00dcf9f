/**
 * Takes copies away again, and nothing else: each is looked at immediately before it is deleted, and must have both the name and
 * the mark of a copy of this deployment. The role of the function demands the same. None of this asks whether it was halted.
 */
import { describe } from '../runtime/errors.ts';
import type { Outcome } from '../runtime/report.ts';
import { DELETION_MINUTES } from './contract.ts';
import { leftBehind } from './decide.ts';
import { type Drill, LOOK_EVERY_SECONDS, looksIn } from './drill.ts';
import { type Copy, type Instance, isCopy, isOfOwner } from './instance.ts';
import type { Rds } from './rds.ts';

type Removal = 'gone' | 'being deleted' | 'not now' | 'not ours';
type Target = { id: string; isOurs: (instance: Instance) => boolean };

async function removeOne(rds: Rds, { id, isOurs }: Target): Promise<Removal> {
  const instance = await rds.instance(id);
  if (instance === undefined) return 'gone';
  if (!isOurs(instance)) return 'not ours';
  if (instance.status === 'deleting') return 'being deleted';
  const answer = await rds.delete(id);
  return answer === 'begun' ? 'being deleted' : answer;
}

/** Never throws: what was found out by then must be in the report. @returns why the copy is still there */
export async function removeCopy({ again, pause, rds }: Drill, copy: Copy): Promise<string | undefined> {
  const { id } = copy;
  const target = { id, isOurs: (instance: Instance) => isCopy(instance, copy) };
  try {
    let last: Removal = 'not now';
    for (let look = 1; look <= looksIn(DELETION_MINUTES); look += 1) {
      last = await again(`remove the copy ${look}`, () => removeOne(rds, target));
      if (last === 'gone' || last === 'not ours') return undefined;
      await pause(`until the copy is gone ${look}`, LOOK_EVERY_SECONDS);
    }
    return last === 'being deleted' ? `${id} is still being deleted` : `RDS did not let ${id} be deleted`;
  } catch (error) {
    return `${id} could not be deleted: ${describe(error)}`;
  }
}

/** Removes what runs that died have left, by name, mark and age. @throws RefusalError where instances cannot be listed */
export async function sweep(drill: Drill): Promise<Outcome[]> {
  const { once, again, rds, store, settings, system, runbook } = drill;
  const { sweepAfterHours } = settings;
  const found = await once('look for copies that were left behind', async () => {
    const instances = await rds.instances();
    // The store has just given us the lease, so its clock is known.
    return leftBehind(instances, { system, runbook, now: store.now(), sweepAfterHours }).map(({ id }) => id);
  });
  const isOurs = (instance: Instance) => isOfOwner(instance, { system, runbook });
  const outcomes: Outcome[] = [];
  for (const [index, id] of found.entries()) {
    outcomes.push(await again(`sweep ${index + 1}`, () => sweepOne(rds, { id, isOurs })));
  }
  return outcomes;
}

async function sweepOne(rds: Rds, target: Target): Promise<Outcome> {
  const outcome = { target: target.id, action: 'delete', why: 'an earlier run left this copy behind' };
  try {
    const removal = await removeOne(rds, target);
    if (removal === 'gone' || removal === 'being deleted') return { ...outcome, status: 'done' };
    return { ...outcome, status: 'skipped', error: removal === 'not ours' ? 'it is not ours' : 'not in its state' };
  } catch (error) {
    return { ...outcome, status: 'failed', error: describe(error) };
  }
}
