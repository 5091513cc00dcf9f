/** What to restore, of which instance: read, and judged. */
import { RefusalError } from '../runtime/errors.ts';
import { type Chosen, chooseSnapshot, chooseTime } from './decide.ts';
import type { Drill } from './drill.ts';
import type { Instance } from './instance.ts';

export type Source = Pick<Instance, 'id' | 'resourceId' | 'endpoint'>;

/** `refusal`: settings name what cannot be restored, which another try would not change. */
type Choice = (Chosen & { source: Source }) | { refusal: string };

/** @throws RefusalError where the source or its snapshots cannot be read */
async function read({ rds, settings }: Pick<Drill, 'rds' | 'settings'>): Promise<Choice> {
  const { instance: id, restore } = settings.source;
  const found = await rds.instance(id);
  if (found === undefined) return { refusal: `There is no instance ${id}. Correct settings.source.instance.` };
  if (found.isInCluster) {
    const refusal = `${id} is in a cluster, whose storage is restored another way. The drill restores instances.`;
    return { refusal };
  }
  const { resourceId, endpoint } = found;
  const chosen =
    restore === 'latest-snapshot'
      ? chooseSnapshot(await rds.automatedSnapshots(id), settings)
      : chooseTime({ id, latestRestorableTime: found.latestRestorableTime });
  return { ...chosen, source: { id, resourceId, endpoint } };
}

/** @throws RefusalError also where the source is not there, or of a kind that is not restored so */
export async function choose(drill: Drill): Promise<Chosen & { source: Source }> {
  const choice = await drill.again('choose what to restore', () => read(drill));
  if ('refusal' in choice) throw new RefusalError(choice.refusal);
  return choice;
}
