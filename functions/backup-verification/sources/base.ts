/** Looks at base backups: which there are, whether the newest is whole, and which WAL each of them needs. */
import * as z from 'zod';
import type { Objects } from '../../object-store/object-store.ts';
import { describe, RefusalError } from '../../runtime/errors.ts';
import type { SourceOf } from '../contract.ts';
import type { Looked } from '../looked.ts';
import { type Label, labelIn } from './backup-label.ts';
import { manifestIn, type ReadManifest } from './base-manifest.ts';
import { createUnits, type Unit } from './base-unit.ts';
import { calendarOf } from './calendar.ts';
import { type BaseFacts, isBroken, judgeBase, madeOf, type Newest, saidOf, splitUnderWay } from './decide-base.ts';
import { firstSeen } from './decide-schedule.ts';
import { type Looking, lookedOf } from './looking.ts';
import { inStore, readErasing, readSmall } from './stores.ts';
import { fileInTar } from './tar-entry.ts';
import type { BaseBackup } from './wal-reach.ts';

type BaseSource = SourceOf<'base'>;

const MOST_LABEL_BYTES = 64 * 1024;
/** A hundred thousand files. Parsed, it takes some times as much. */
const MOST_MANIFEST_BYTES = 16 * 2 ** 20;

/** `bases`: what an archive of WAL can continue. @throws RefusalError when anything cannot be read */
export async function lookForBases(
  source: BaseSource,
  { memory }: Looking,
): Promise<{ looked: Looked; bases: BaseBackup[] }> {
  return inStore(source.store, async (objects) => {
    const facts = await readFacts(objects, source);
    const all = await readBases(objects, facts, memory);
    const isBad = facts.newest !== undefined && isBroken(facts.newest);
    const now = objects.now();
    const made = facts.units.map(madeOf);
    const first = firstSeen(memory, made);
    const looked = lookedOf(source, {
      problems: judgeBase(facts, source, { now, first }),
      examined: facts.units.reduce((sum, unit) => sum + unit.objects, 0),
      backups: calendarOf(made, now).map((day, index, days) =>
        isBad && index === days.length - 1 ? { ...day, state: 'bad' } : day,
      ),
      said: saidOf(facts),
      recoveryPoint: facts.newest && !isBad ? ownPointOf(facts.newest) : undefined,
      memory: first === undefined ? undefined : { first: new Date(first).toISOString(), bases: remembered(all) },
    });
    return { looked, bases: all.filter((base) => !base.isBroken).map(({ isBroken: _whole, ...base }) => base) };
  });
}

async function readFacts(objects: Objects, source: BaseSource): Promise<BaseFacts> {
  const all = createUnits(source.prefix);
  for await (const page of objects.list(source.prefix)) for (const listed of page) all.add(listed);
  const { units, underWay } = splitUnderWay(all.all(), objects.now(), source.schedule.graceHours);
  const unit = units.at(-1);
  const erasing = await readErasing(objects, source.schedule.lifecycleRule);
  return { units, underWay, erasing, newest: unit && (await readNewest(objects, unit, source.prefix)) };
}

async function readNewest(objects: Objects, unit: Unit, prefix: string): Promise<Newest> {
  const manifest = await readManifest(objects, unit);
  const label = await readLabel(objects, unit);
  const isListed = unit.format === 'plain' && manifest !== undefined && 'manifest' in manifest;
  const folder = unit.name === '' ? prefix : `${prefix.replace(/\/$/, '')}/${unit.name}/`;
  return { unit, manifest, label, sizes: isListed ? await sizesUnder(objects, folder) : undefined };
}

async function sizesUnder(objects: Objects, folder: string): Promise<Map<string, number>> {
  const sizes = new Map<string, number>();
  for await (const page of objects.list(folder))
    for (const { key, bytes } of page) sizes.set(key.slice(folder.length).replace(/^\//, ''), bytes);
  return sizes;
}

async function readManifest(objects: Objects, { manifest: key }: Unit): Promise<ReadManifest | undefined> {
  const bytes = key === undefined ? undefined : await readSmall(objects, key, MOST_MANIFEST_BYTES);
  return bytes && manifestIn(bytes);
}

/** What cannot be unpacked is a finding; what cannot be read is a refusal. */
async function readLabel(objects: Objects, { label: key, tar }: Unit): Promise<Newest['label']> {
  const text = key === undefined ? undefined : await readSmall(objects, key, MOST_LABEL_BYTES);
  if (text !== undefined) return labelIn(text.toString('utf8')) ?? { wrong: 'it is none' };
  if (tar === undefined) return { wrong: 'it is not there' };
  if (tar.key.endsWith('.lz4'))
    return { wrong: `${tar.key} is compressed with lz4, which is not read here; use gzip or zstd` };
  const head = await objects.head(tar.key);
  if (head === undefined)
    throw new RefusalError(`${tar.key} in the bucket ${objects.bucket} was deleted while we looked.`);
  try {
    const inside = await fileInTar(objects.read(tar.key, head.version), tar.key, 'backup_label');
    return inside === undefined
      ? { wrong: `it is not in the first 64 MB of ${tar.key}` }
      : (labelIn(inside) ?? { wrong: 'it is none' });
  } catch (error) {
    if (error instanceof RefusalError) throw error;
    return { wrong: `${tar.key}: ${describe(error)}` };
  }
}

/** A backup that brings its WAL is good for its own end, which is not before its beginning. */
function ownPointOf({ unit, manifest, label }: Newest): number | undefined {
  const isWhole = manifest !== undefined && 'manifest' in manifest && unit.hasWal && !('wrong' in label);
  return isWhole ? (label.startedAt ?? unit.from) : undefined;
}

const Known = z.object({
  bases: z.array(
    z.object({
      name: z.string(),
      at: z.number(),
      timeline: z.int(),
      start: z.string(),
      stop: z.string().optional(),
      isBroken: z.boolean().default(false),
    }),
  ),
});

/** Whether all of it is there is only looked at while it is the newest, and remembered. */
type KnownBase = BaseBackup & { isBroken: boolean };

/** Backups do not change: of those that are known, nothing is read again. */
async function readBases(objects: Objects, { units, newest }: BaseFacts, memory: unknown): Promise<KnownBase[]> {
  const parsed = Known.safeParse(memory);
  const known = parsed.success ? parsed.data.bases : [];
  const bases: KnownBase[] = [];
  for (const unit of units) {
    const before = known.find(({ name, at }) => name === unit.name && at === unit.at);
    const isNewest = unit === newest?.unit;
    if (before !== undefined && !isNewest) {
      const { start, stop, ...rest } = before;
      bases.push({ ...rest, startLsn: BigInt(start), ...(stop !== undefined && { stopLsn: BigInt(stop) }) });
    } else {
      const read = baseOf(unit, isNewest ? newest : await readOlder(objects, unit));
      bases.push(...read.map((base) => ({ ...base, isBroken: isNewest && isBroken(newest) })));
    }
  }
  return bases;
}

async function readOlder(objects: Objects, unit: Unit): Promise<Pick<Newest, 'manifest' | 'label'>> {
  const manifest = await readManifest(objects, unit);
  const isEnough = manifest !== undefined && 'manifest' in manifest;
  return { manifest, label: isEnough ? { wrong: 'not read' } : await readLabel(objects, unit) };
}

function baseOf({ name, at }: Unit, { manifest, label }: Pick<Newest, 'manifest' | 'label'>): BaseBackup[] {
  if (manifest !== undefined && 'manifest' in manifest) {
    const { timeline, startLsn, stopLsn } = manifest.manifest;
    return [{ name, at, timeline, startLsn, stopLsn }];
  }
  // A manifest that does not hold says that something happened to the backup, whatever its label says.
  if (manifest !== undefined || 'wrong' in label) return [];
  const { timeline, startLsn }: Label = label;
  return [{ name, at, timeline, startLsn }];
}

function remembered(bases: KnownBase[]) {
  return bases.map(({ name, at, timeline, startLsn, stopLsn, isBroken: broken }) => {
    return {
      name,
      at,
      timeline,
      isBroken: broken,
      start: `${startLsn}`,
      ...(stopLsn !== undefined && { stop: `${stopLsn}` }),
    };
  });
}
