/** What a collection of orphaned blobs is told: by its deployment (`Settings`) and by one invocation (`Input`). */
import * as z from 'zod';
import { ObjectStore } from '../object-store/contract.ts';
import { BaseInput, Database, SqlIdentifier } from '../runtime/contract.ts';

const Schema = SqlIdentifier.default('public');

/** It lands in ARNs, where `*` and `?` would mean other keys as well. */
const Prefix = z
  .string()
  .max(900)
  .regex(/^[^\s{}*?]*$/, 'a key prefix without spaces, braces, * and ?');

/** `{hash:0:2}`: digits of the hash, of which the first is not included any more. */
const SLICE = /\{hash:(\d+):(\d+)\}/g;

/**
 * How a blob's key is made of its hash. Slices go on from one another and the whole hash comes last, so that keys sort as hashes do:
 * the listing and the rows can then be merged as they come. It lands in ARNs, as the prefix does.
 */
const KeyTemplate = z
  .string()
  .max(200)
  .regex(
    /^[^{}\s*?]*(\{hash:\d+:\d+\}[^{}\s*?]*)*\{hash\}[^{}\s*?]*$/,
    'such as {hash:0:2}/{hash:2:4}/{hash} or {hash}.blob, without * and ?',
  )
  .refine(
    (template) => goOnFromOneAnother([...template.matchAll(SLICE)].map(([, from, to]) => [Number(from), Number(to)])),
    {
      error: 'its slices must begin at 0 and go on from one another, as in {hash:0:2}/{hash:2:4}/{hash}',
    },
  );

function goOnFromOneAnother(slices: number[][]): boolean {
  return slices.every(([from = 0, to = 0], index) => from === (slices[index - 1]?.[1] ?? 0) && to > from);
}

/** The table with one row for each blob. */
const Blobs = z.strictObject({
  schema: Schema,
  table: SqlIdentifier,
  /** Lower-case hexadecimal digits in a text column, or the bytes of a bytea column. */
  hash: SqlIdentifier,
  /** How many hexadecimal digits a hash has: 64 for SHA-256. */
  hashDigits: z.int().min(16).max(128).default(64),
  /** What references with `holds: 'id'` point to. */
  id: SqlIdentifier.optional(),
  /** Bytes of the object as it is stored. Leave it out where objects are stored compressed or encrypted by the system itself. */
  size: SqlIdentifier.optional(),
  /** When the row was made. Without it, nobody could tell an upload in flight from an orphan. */
  createdAt: SqlIdentifier,
  /** Compared with what really references the blob, and never trusted. */
  refCount: SqlIdentifier.optional(),
});
export type Blobs = z.infer<typeof Blobs>;

const Column = { schema: Schema, table: SqlIdentifier };

const Reference = z.strictObject({
  ...Column,
  column: SqlIdentifier,
  /**
   * `hash`: the column is the hash. `id`: it is the blob row's `id`. `text`: hashes stand somewhere in it, as in an array, in JSON, in
   * a path or in a document; each that does counts.
   */
  holds: z.enum(['hash', 'id', 'text']).default('hash'),
});
export type Reference = z.infer<typeof Reference>;

/** Columns that hold hashes of blobs and keep no blob alive: statistics about blobs, logs. Without `column`, all of the table's. */
const NotReference = z.strictObject({ ...Column, column: SqlIdentifier.optional() });

/**
 * Where a quarantined object waits. `delete-marker`: as a former version, in a bucket that keeps versions. `prefix`: as a copy under
 * another prefix.
 */
const Quarantine = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('delete-marker') }),
  z.strictObject({ kind: z.literal('prefix'), prefix: Prefix.min(1) }),
]);

/** There is no default: a plan may be millions, and nobody else knows how many are too many. */
const Caps = z.strictObject({
  maxTargets: z.int().min(1).max(10_000_000_000),
  maxPercent: z.number().positive().max(100),
});

const Policy = z.strictObject({
  /** What is younger is neither an orphan nor missing: an upload may be in flight. It can be raised, never lowered. */
  minAgeHours: z.int().min(24).max(8_760).default(48),
  /** How long a marked blob waits for its quarantine, and a quarantined one for its end. */
  graceDays: z.int().min(7).max(365).default(7),
  /** By how much any referencing column may shrink between two markings. */
  maxReferenceDropPercent: z.number().min(0).max(100).default(20),
  caps: Caps,
  /** How many blobs one run may quarantine. */
  batchObjects: z.int().min(1).max(1_000_000).default(10_000),
  /** Requests to the blobs' store. */
  requestsPerSecond: z.number().min(1).max(3_500).default(50),
});
export type Policy = z.infer<typeof Policy>;

export const Settings = z
  .strictObject({
    store: ObjectStore,
    /** What is listed; the key template comes after it. */
    prefix: Prefix.default(''),
    key: KeyTemplate,
    database: Database,
    blobs: Blobs,
    /** Every column, of every table, that keeps a blob alive. Rows that are marked as deleted count like any others. */
    references: z.array(Reference).min(1).max(200),
    notReferences: z.array(NotReference).max(1_000).default([]),
    /** Triggers and rules of the blob table that act on INSERT or DELETE, and of which the conditions in README hold. */
    triggers: z.array(z.string().min(1).max(63)).max(100).default([]),
    quarantine: Quarantine,
    /** Whether the bucket's own lifecycle rules are read: one must erase what stayed in quarantine, and none too soon. */
    lifecycleRule: z.boolean().default(true),
    /** Where the system keeps what is not finished; older objects are reported. */
    temporary: z.array(Prefix.min(1)).max(20).default([]),
    /** How many parts of equal size the keys are cut into: the unit of resumption, and of work in parallel. One must fit into an invocation. */
    shards: z.union([1, 16, 256, 4096].map((count) => z.literal(count))).default(16),
    /**
     * The promise of the system's writers: one that does not upload a blob because it is known already looks for the object again
     * *after* its reference is committed, and uploads it where it is gone. See README.
     */
    writersCheckBeforeReuse: z.boolean().default(false),
    /** Whether the system removes blobs by itself. Two collectors would each take what the other has just spared. */
    ownCollector: z.boolean(),
    policy: Policy,
  })
  .refine(({ blobs, references }) => blobs.id !== undefined || references.every(({ holds }) => holds !== 'id'), {
    path: ['blobs', 'id'],
    error: 'must be set, because a reference holds the id',
  })
  .refine(
    ({ quarantine, prefix, key }) => quarantine.kind !== 'prefix' || isElsewhere(quarantine.prefix, prefix + key),
    {
      path: ['quarantine', 'prefix'],
      error:
        'must not begin as the blobs’ own keys do, nor they as it does: a quarantined blob would be listed as another one',
    },
  )
  .refine(({ key, blobs }) => [...key.matchAll(SLICE)].every(([, , to]) => Number(to) <= blobs.hashDigits), {
    path: ['key'],
    error: 'must not cut the hash beyond its end',
  });
export type Settings = z.infer<typeof Settings>;

function isElsewhere(quarantine: string, keys: string): boolean {
  const fixed = keys.slice(0, keys.indexOf('{'));
  // Where keys begin with the hash itself, only what begins with another character is elsewhere.
  if (quarantine.startsWith(fixed)) return !/^[0-9a-f]/.test(quarantine.slice(fixed.length)) && quarantine !== fixed;
  return !fixed.startsWith(quarantine);
}

/** Why a system may not be collected from, whatever mode is asked for; undefined where it may. For the room, and for the run. */
export function objectionToEnforce(
  settings: Pick<Settings, 'ownCollector' | 'writersCheckBeforeReuse' | 'lifecycleRule' | 'store'>,
): string | undefined {
  if (settings.ownCollector)
    return 'settings.ownCollector is true: two collectors would each take what the other spared. Stay in report mode, or switch the system’s own off.';
  if (!settings.writersCheckBeforeReuse)
    return 'settings.writersCheckBeforeReuse is not true: a writer that skips the upload of a known blob could lose it. Stay in report mode until the README’s promise holds.';
  // Where there is no such thing as a lifecycle rule, none can erase too soon; S3 always has them.
  if (!settings.lifecycleRule && settings.store.endpoint === undefined)
    return 'settings.lifecycleRule is false, so nobody would see that a rule erases quarantined blobs before graceDays. Stay in report mode, or leave it true: only a store that is not AWS’s (store.endpoint) may do without.';
  return undefined;
}

const RunId = z.string().regex(/^\d{8}T\d{6}Z-[0-9a-f]{8}$/, 'a run’s id, such as 20260501T020000Z-0123abcd');

/** Shards of the marking that a coordinator has begun: from `from` to before `upTo`. Lanes are marked at once, the parts of one in turn. */
const Part = z.strictObject({
  coordinator: RunId,
  lane: z.int().min(0),
  lanes: z.int().min(1),
  from: z.int().min(0),
  upTo: z.int().max(4096),
});
export type Part = z.infer<typeof Part>;

export const Input = z
  .strictObject({
    ...BaseInput.shape,
    /** `mark` looks for orphans and changes nothing; `sweep` restores what is wanted again and quarantines what has waited. */
    phase: z.enum(['mark', 'sweep']).optional(),
    /** Brings back everything that this run took. */
    undo: RunId.optional(),
    /** For one marking, by hand: the references really have become fewer. */
    acceptFewerReferences: z.literal(true).optional(),
    /** What a coordinator sends, and nobody else can use: it names the run that has the lease. */
    part: Part.optional(),
  })
  .refine(({ phase, undo, part }) => [phase, undo, part].filter((one) => one !== undefined).length <= 1, {
    path: ['undo'],
    error: 'must not stand beside phase, nor part beside either: each is a run of its own',
  })
  .refine(({ phase, undo, part, acceptFewerReferences: fewer }) => !fewer || !(phase === 'sweep' || undo || part), {
    path: ['acceptFewerReferences'],
    error: 'is for marking only',
  });
export type Input = z.infer<typeof Input>;
