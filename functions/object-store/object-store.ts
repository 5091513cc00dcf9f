/** Reads objects, wherever they are kept. It writes nothing. */
import { watchClock } from '../runtime/store.ts';
import { openClient } from './client.ts';
import type { ObjectStore } from './contract.ts';
import { type Head, headObject, type Version } from './head.ts';
import { type LifecycleRule, readIsVersioned, readLifecycle } from './lifecycle.ts';
import { type Listed, listObjects, listVersions } from './listing.ts';
import { type Range, readObject } from './read.ts';

/** Every error of these is a RefusalError that names bucket, key and what is missing: never an empty list. */
export type Objects = {
  bucket: string;
  /** The store's own clock, from its last answer: ages of objects are counted by it. */
  now(): number;
  /** Pages of what is under a prefix, or of its keys after `after`; flat in memory, in the store's order. */
  list(prefix: string, after?: string): AsyncIterable<Listed[]>;
  /** The versions of one key, newest first. */
  versions(key: string): Promise<Listed[]>;
  /** Undefined where there is no such object. */
  head(key: string): Promise<Head | undefined>;
  /** The bytes of one version, or of a range of it; an object that has changed is an error. */
  read(key: string, version: Version, range?: Range): AsyncIterable<Buffer>;
  lifecycleRules(): Promise<LifecycleRule[]>;
  isVersioned(): Promise<boolean>;
  close(): void;
};

/** @throws RefusalError when its credentials cannot be read */
export async function openObjectStore(store: ObjectStore): Promise<Objects> {
  const { bucket } = store;
  const client = await openClient(store);
  const clock = watchClock(client);
  return {
    bucket,
    now: () => clock().getTime(),
    list: (prefix, after = '') => listObjects(client, { bucket, prefix, after }),
    versions: (key) => listVersions(client, { bucket, key }),
    head: (key) => headObject(client, { bucket, key }),
    read: (key, version, range) => readObject(client, { bucket, key, version, ...(range !== undefined && { range }) }),
    lifecycleRules: () => readLifecycle(client, bucket),
    isVersioned: () => readIsVersioned(client, bucket),
    close: () => client.destroy(),
  };
}
