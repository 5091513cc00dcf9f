/** What both kinds of quarantine try with an object of their own before they touch a blob: a store may accept what it does not do. */
import { RefusalError } from '../runtime/errors.ts';
import { type Bucket, removeIf } from './bucket.ts';

/** Below the blobs' prefix, where no template can make it. It is one name, so that a probe that died is the next one’s. */
export const PROBE_NAME = 'nightshift-probe';

export const OF_NOTHING = '"00000000000000000000000000000000"';

/** @throws RefusalError where a removal that is bound to another ETag is carried out all the same (F59) */
export async function heedsConditions(bucket: Bucket, { key, etag }: { key: string; etag: string }): Promise<void> {
  await removeIf(bucket, key, OF_NOTHING);
  await bucket.pace();
  const head = await bucket.objects.head(key);
  if (head?.version.etag === etag) return;
  throw ignores(bucket, 'deletes', 'If-Match');
}

export function ignores({ bucket }: Bucket, doing: 'deletes' | 'copies', condition: string): RefusalError {
  return new RefusalError(
    `The store of ${bucket} ignores ${condition} when it ${doing}, so an object that was just replaced could be lost. It cannot be collected from; stay in report mode.`,
  );
}

export function mustReturn({ bucket }: Bucket, what: string): RefusalError {
  return new RefusalError(`In the bucket ${bucket}, the probe ${what}: nothing can be quarantined there.`);
}
