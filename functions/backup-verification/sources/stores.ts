/** A store that is open only while somebody looks into it, and what everybody asks of it. */
import type { ObjectStore } from '../../object-store/contract.ts';
import type { LifecycleRule } from '../../object-store/lifecycle.ts';
import { type Objects, openObjectStore } from '../../object-store/object-store.ts';
import { RefusalError } from '../../runtime/errors.ts';

export async function inStore<Result>(
  store: ObjectStore,
  look: (objects: Objects) => Promise<Result>,
): Promise<Result> {
  const objects = await openObjectStore(store);
  try {
    return await look(objects);
  } finally {
    objects.close();
  }
}

/** What a bucket erases by itself. `rules` is undefined where settings say that it needs none. */
export type Erasing = { rules: LifecycleRule[] | undefined; isVersioned: boolean };

export async function readErasing(objects: Objects, isAsked: boolean): Promise<Erasing> {
  if (!isAsked) return { rules: undefined, isVersioned: false };
  return { rules: await objects.lifecycleRules(), isVersioned: await objects.isVersioned() };
}

/** A backup's own files are few and small. @throws RefusalError where this one is not */
export async function readSmall(objects: Objects, key: string, mostBytes: number): Promise<Buffer | undefined> {
  const head = await objects.head(key);
  if (head === undefined) return undefined;
  if (head.version.bytes > mostBytes) {
    throw new RefusalError(
      `${key} in the bucket ${objects.bucket} has ${head.version.bytes} bytes, and at most ${mostBytes} are read of it.`,
    );
  }
  const chunks: Buffer[] = [];
  for await (const chunk of objects.read(key, head.version)) chunks.push(chunk);
  return Buffer.concat(chunks);
}
