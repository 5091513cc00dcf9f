/** Where quarantined objects wait, and the only place that changes anything in the blobs' bucket. It has no way to erase one. */
import { openClient } from '../object-store/client.ts';
import type { Head } from '../object-store/head.ts';
import { type Objects, openObjectStore } from '../object-store/object-store.ts';
import type { Settings } from './contract.ts';
import { openCopies } from './copies.ts';
import { openMarkers } from './markers.ts';
import type { Pace } from './pace.ts';
import type { Item } from './taken.ts';

/** `there`: it is where it was. `waiting`: in quarantine; with `isOther`, under something else than what was marked. */
export type Place = { kind: 'there' } | { kind: 'waiting'; marker?: string; isOther: boolean } | { kind: 'gone' };

/** How a key stands after it was to be taken. */
export type Outgone = { kind: 'taken'; marker?: string } | { kind: 'kept'; why: string };

/** `was there`: nothing had to be done. `not ours`: somebody else has deleted it since, and knew why. */
export type Returned = 'back' | 'was there' | 'gone' | 'not ours';

export type Quarantine = {
  /** What taking one costs, with the look right before it. */
  requestsPerBlob: number;
  /** Why such an object can only stay where it is; undefined where it can be put away. */
  whyNot(head: Head): string | undefined;
  /** Tries with an object of its own whether what is put away here can be brought back. @throws RefusalError where it cannot (F60) */
  probe(): Promise<void>;
  find(item: Item): Promise<Place>;
  /** Puts it out of the way if it is still the object that was marked (F59). @throws RefusalError when nobody knows how it ended */
  take(item: Item): Promise<Outgone>;
  /** @param marker the delete marker that was put; undefined where that is not known */
  bringBack(item: Item, marker: string | undefined): Promise<Returned>;
};

export type Store = { objects: Objects; quarantine: Quarantine; close(): void };

/** @throws RefusalError when the store’s credentials cannot be read */
export async function openQuarantine({ store, quarantine, prefix }: Settings, pace: Pace): Promise<Store> {
  const objects = await openObjectStore(store);
  const client = await openClient(store);
  const where = { client, objects, bucket: store.bucket, pace, prefix };
  return {
    objects,
    quarantine: quarantine.kind === 'prefix' ? openCopies(where, quarantine.prefix) : openMarkers(where),
    close: () => {
      client.destroy();
      objects.close();
    },
  };
}
