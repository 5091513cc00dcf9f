/** What there is beside the blobs: uploads that never ended, temporary objects that stayed, and what the bucket erases by itself. */
import { openClient } from '../object-store/client.ts';
import type { LifecycleRule } from '../object-store/lifecycle.ts';
import type { Objects } from '../object-store/object-store.ts';
import type { Settings } from './contract.ts';
import { listBlobs } from './listing.ts';
import type { Pace } from './pace.ts';
import { addExample, type Examples, newExamples } from './tally.ts';
import { abandonedUploads } from './uploads.ts';

export type Surroundings = {
  /** By the blobs’ store’s own clock (F18). */
  storeNowMs: number;
  /** Undefined where settings do not ask. */
  lifecycle: { isVersioned: boolean; rules: LifecycleRule[] } | undefined;
  /** Undefined where the store cannot tell. */
  uploads: Examples | undefined;
  temporary: Examples;
};

const HOUR_MS = 3_600_000;

/** @throws RefusalError when any of it cannot be known */
export async function lookAround(objects: Objects, settings: Settings, pace: Pace): Promise<Surroundings> {
  // Until its first answer, nobody knows the store’s time.
  const isVersioned = await objects.isVersioned();
  const storeNowMs = objects.now();
  const olderThanMs = storeNowMs - settings.policy.minAgeHours * HOUR_MS;
  const rules = settings.lifecycleRule ? await objects.lifecycleRules() : [];
  return {
    storeNowMs,
    lifecycle: settings.lifecycleRule ? { isVersioned, rules } : undefined,
    uploads: await uploadsOf(settings, { pace, olderThanMs }),
    temporary: await staleObjects(objects, settings.temporary, { pace, olderThanMs }),
  };
}

type Asking = { pace: Pace; olderThanMs: number };

async function uploadsOf({ store, prefix }: Settings, asking: Asking): Promise<Examples | undefined> {
  const client = await openClient(store);
  try {
    return await abandonedUploads(client, { bucket: store.bucket, prefix, ...asking });
  } finally {
    client.destroy();
  }
}

async function staleObjects(objects: Objects, prefixes: string[], { pace, olderThanMs }: Asking): Promise<Examples> {
  const stale = newExamples();
  for (const prefix of prefixes) {
    for await (const page of listBlobs(objects, { prefix, after: '', pace })) {
      for (const { key, bytes, lastModified } of page) if (lastModified <= olderThanMs) addExample(stale, key, bytes);
    }
  }
  return stale;
}
