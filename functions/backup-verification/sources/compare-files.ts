/** Compares a copy with what it is a copy of: all of it by name and size, and some of it by content. */
import type { Objects } from '../../object-store/object-store.ts';
import { compareSample } from './compare-sample.ts';
import type { Comparison } from './decide-files.ts';
import { mergeListings } from './merge-listings.ts';
import { openTally } from './tally-files.ts';

export type Place = { objects: Objects; prefix: string };

type Comparing = {
  copy: Place;
  original: Place;
  /** What came later need not have been copied yet. In milliseconds since 1970. */
  settled(): number;
  sampleSize: number;
  seed: string;
  storageClass?: string | undefined;
};

/** @throws RefusalError when either cannot be read to its end */
export async function compareFiles({ copy, original, ...rules }: Comparing): Promise<Comparison> {
  const tally = openTally(rules);
  await mergeListings(sideOf(copy), sideOf(original), tally.visit);
  const told = tally.finish();
  const two = { copies: copy.objects, originals: original.objects };
  return { tally: told, compared: await compareSample(told.sample, two) };
}

function sideOf({ objects, prefix }: Place) {
  return { name: `${placeSaid({ objects, prefix })}`, prefix, pages: objects.list(prefix) };
}

export function placeSaid({ objects, prefix }: Place): string {
  return prefix === '' ? `the bucket ${objects.bucket}` : `${prefix} in the bucket ${objects.bucket}`;
}

/** A prefix of files is a folder: `uploads` is not meant to be `uploads-old` as well. */
export function folderOf(prefix: string): string {
  return prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`;
}
