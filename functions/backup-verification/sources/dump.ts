/** Which dump is tonight's backup, which version of it, and what its calendar says. What is inside is others' to read. */
import type { Head, Version } from '../../object-store/head.ts';
import type { Listed } from '../../object-store/listing.ts';
import type { Objects } from '../../object-store/object-store.ts';
import { RefusalError } from '../../runtime/errors.ts';
import { compareBytes } from '../../runtime/order.ts';
import type { SourceOf } from '../contract.ts';
import type { Looked } from '../looked.ts';
import { readChecksum, SIDECARS } from './checksum-file.ts';
import { type DumpFacts, judgeDump } from './decide-dump.ts';
import { type Looking, lookedOf, type Made } from './looking.ts';
import { inStore, readErasing } from './stores.ts';

/** To be read as it is, and as no other version of it. */
export type NewestDump = {
  key: string;
  version: Version;
  /** Milliseconds since 1970, of the store's clock. */
  lastModified: number;
  /** In hexadecimal, where a `.sha256` beside it says so. */
  sha256?: string;
};

type DumpSource = SourceOf<'dump'>;

/** Thousands of backups are a prefix that means something else. */
const MOST_BACKUPS = 20_000;

/** `newest` is undefined where there is none, or nothing in it. @throws RefusalError when anything cannot be read */
export async function lookForDump(
  source: DumpSource,
  { memory }: Looking,
): Promise<{ looked: Looked; newest: NewestDump | undefined }> {
  return inStore(source.store, async (objects) => {
    const facts = await readFacts(objects, source);
    const newest = newestOf(facts);
    return { looked: lookedOf(source, judgeDump(facts, source, { memory, now: objects.now() })), newest };
  });
}

async function readFacts(objects: Objects, source: DumpSource): Promise<DumpFacts & { head: Head | undefined }> {
  const { made, head } =
    source.key === undefined ? await underPrefix(objects, source) : await ofKey(objects, source.key);
  const erasing = await readErasing(objects, source.schedule.lifecycleRule);
  const checksum = head === undefined ? undefined : await readChecksum(objects, head.key);
  return { made, head, erasing, checksum };
}

function newestOf({
  head,
  checksum,
}: {
  head: Head | undefined;
  checksum: DumpFacts['checksum'];
}): NewestDump | undefined {
  if (head === undefined || head.version.bytes === 0) return undefined;
  const { key, version, lastModified } = head;
  const sha256 = checksum !== undefined && 'sha256' in checksum ? { sha256: checksum.sha256 } : {};
  return { key, version, lastModified, ...sha256 };
}

/** Uploads that are still under way do not list. */
async function underPrefix(objects: Objects, { prefix = '', suffix = '' }: DumpSource) {
  const found: Listed[] = [];
  for await (const page of objects.list(prefix)) {
    found.push(...page.filter(({ key }) => key.endsWith(suffix) && isBackup(key, suffix)));
    if (found.length > MOST_BACKUPS) {
      const what = `More than ${MOST_BACKUPS} objects under ${prefix} in the bucket ${objects.bucket} would be backups`;
      throw new RefusalError(`${what}. Narrow the source’s prefix or suffix.`);
    }
  }
  const made = found.toSorted((a, b) => a.lastModified - b.lastModified || compareBytes(a.key, b.key)).map(madeOf);
  const newest = made.at(-1);
  return { made, head: newest && (await headOf(objects, newest.name)) };
}

function isBackup(key: string, suffix: string): boolean {
  return suffix !== '' || !(key.endsWith('/') || SIDECARS.some((sidecar) => key.endsWith(sidecar)));
}

/** One key, written again and again: its former versions are the backups before. */
async function ofKey(objects: Objects, key: string): Promise<{ made: Made[]; head: Head | undefined }> {
  const head = await objects.head(key);
  if (head === undefined) return { made: [], head };
  const current: Made = { at: head.lastModified, name: key, bytes: head.version.bytes };
  if (head.version.versionId === undefined) return { made: [current], head };
  // Turned round first: versions of one second keep their order.
  const versions = await objects.versions(key);
  return {
    made: versions
      .toReversed()
      .map(madeOf)
      .toSorted((a, b) => a.at - b.at),
    head,
  };
}

async function headOf(objects: Objects, key: string): Promise<Head> {
  const head = await objects.head(key);
  if (head !== undefined) return head;
  throw new RefusalError(`${key} in the bucket ${objects.bucket} was deleted while we looked. Run this again.`);
}

function madeOf({ key, bytes, lastModified }: Listed): Made {
  return { at: lastModified, name: key, bytes };
}
