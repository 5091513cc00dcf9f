/** What a marking reads from: the blobs' store and the database. Closed when the work is done. */
import { type Objects, openObjectStore } from '../object-store/object-store.ts';
import type { LoggingIn } from '../runtime/database.ts';
import type { Settings } from './contract.ts';
import { openPace, type Pace } from './pace.ts';
import { openSessions, type Sessions } from './sessions.ts';

export type Sources = { objects: Objects; pace: Pace; sessions: Sessions };

type Reader = LoggingIn & { settings: Settings };

/** @param among how many invocations share the rate that settings allow */
export async function withSources<Value>(
  run: Reader,
  work: (sources: Sources) => Promise<Value>,
  among = 1,
): Promise<Value> {
  const objects = await openObjectStore(run.settings.store);
  const sessions = openSessions(run);
  try {
    return await work({ objects, pace: openPace(run.settings.policy.requestsPerSecond / among), sessions });
  } finally {
    await sessions.close();
    objects.close();
  }
}

/** By the blobs’ store’s own clock (F18). Until its first answer, nobody knows it. */
export async function storeTime(objects: Objects): Promise<number> {
  await objects.isVersioned();
  return objects.now();
}
