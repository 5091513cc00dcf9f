/** What to restore, of which instance: read, and judged. */
import { RefusalError } from '../runtime/errors.ts';
import { type Chosen, chooseSnapshot, chooseTime } from './decide.ts';
import type { Drill } from './drill.ts';
import type { Instance } from './instance.ts';

export type Source = Pick<Instance, 'id' | 'resourceId' | 'endpoint'>;

/** @throws RefusalError where the source or its snapshots cannot be read, or are of a kind that is not restored so */
export async function choose({ rds, settings }: Pick<Drill, 'rds' | 'settings'>): Promise<Chosen & { source: Source }> {
  const { instance: id, restore } = settings.source;
  const found = await rds.instance(id);
  if (found === undefined) throw new RefusalError(`There is no instance ${id}. Correct settings.source.instance.`);
  if (found.isInCluster) {
    throw new RefusalError(
      `${id} is in a cluster, whose storage is restored another way. The drill restores instances.`,
    );
  }
  const { resourceId, endpoint } = found;
  const chosen =
    restore === 'latest-snapshot'
      ? chooseSnapshot(await rds.automatedSnapshots(id), settings)
      : chooseTime({ id, latestRestorableTime: found.latestRestorableTime });
  return { ...chosen, source: { id, resourceId, endpoint } };
}
