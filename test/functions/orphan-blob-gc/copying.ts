/** The same system with its blobs in a bucket that keeps no versions: quarantined ones wait under another prefix. */
import { beforeEach } from 'vitest';
import { BUCKET, type Ground } from './ground.ts';
import { actAs, again, markLongAgo, ONE_SHARD, type Sweeping, useSweeping } from './sweeping.ts';

export const PLAIN = 'plain-blobs';
const OLD = { objectHours: 500, rowHours: 500 };

type Changeable = { store: { bucket: string }; quarantine: object; shards: number };

export const COPYING = {
  edit: (settings: Changeable) => {
    ONE_SHARD(settings);
    settings.store.bucket = PLAIN;
    settings.quarantine = { kind: 'prefix', prefix: 'quarantine/' };
  },
};

export function useCopying(): Sweeping {
  const ground = useSweeping();
  beforeEach(() => furnish(ground));
  return ground;
}

/** Once more from the beginning, within one test. */
export async function againCopying(ground: Sweeping): Promise<void> {
  await again(ground);
  furnish(ground);
}

function furnish(ground: Sweeping): void {
  actAs(ground, 'orphan-blob-gc copying');
  ground.aws.createBucket(PLAIN);
  ground.aws.setLifecycle(PLAIN, [{ id: 'quarantined', prefix: 'quarantine/', expireDays: 14 }]);
}

/** One blob that is needed, and orphans with and without rows, all marked longer ago than the grace. `inParts`: their ETags are no MD5. */
export async function plantCopies(
  ground: Sweeping,
  { orphans = ['a'], rowless = [], inParts = [] }: { orphans?: string[]; rowless?: string[]; inParts?: string[] } = {},
): Promise<void> {
  await ground.plant([
    { content: 'needed', ...OLD, references: 1 },
    ...orphans.map((content) => ({ content, ...OLD })),
    ...rowless.map((content) => ({ content, objectHours: OLD.objectHours })),
  ]);
  for (const { key, body, lastModified } of ground.aws.objects(BUCKET)) {
    const past = inParts.includes(body.toString()) ? { isMultipart: true } : {};
    ground.aws.putObject(PLAIN, key, body, { lastModified, ...past });
  }
  await markLongAgo(ground, COPYING);
}

const isBlob = ({ key }: { key: string }) => /^[0-9a-f]{2}\//.test(key);

/** Contents of the blobs that can be read, in the order of their keys. */
export function living({ aws }: Ground): string[] {
  return aws
    .objects(PLAIN)
    .filter(isBlob)
    .map(({ body }) => body.toString());
}

/** Keys of what lies elsewhere. */
export function aside({ aws }: Ground): string[] {
  return aws
    .objects(PLAIN)
    .filter((object) => !isBlob(object))
    .map(({ key }) => key);
}
