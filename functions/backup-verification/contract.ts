/** What a backup verification is told: by its deployment (`Settings`) and by one invocation (`Input`). */
import * as z from 'zod';
import { ObjectStore } from '../object-store/contract.ts';
import { Checks } from '../restored/contract.ts';
import { BaseInput } from '../runtime/contract.ts';
import { Scratch } from '../scratch/contract.ts';

const Name = z
  .string()
  .regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/, 'a kebab-case name')
  .max(40);
/** It lands in ARNs, where `*` and `?` would mean other keys as well. */
const Prefix = z
  .string()
  .max(900)
  .regex(/^[^\s*?]*$/, 'a key prefix without spaces, * and ?');

/** How often a backup is made, and for how long it is kept. */
const Schedule = z.strictObject({
  everyHours: z.number().positive().max(2_208),
  /** A backup is late when the newest is older than `everyHours` and this together. */
  graceHours: z.number().min(0).max(168).default(2),
  keepDays: z.int().min(1).max(3_650),
  /** Whether the bucket's own lifecycle rules must erase what is older. */
  lifecycleRule: z.boolean().default(true),
  /** By how much one backup may be smaller than the one before. */
  maxShrinkPercent: z.number().min(0).max(100).default(20),
});
export type Schedule = z.infer<typeof Schedule>;

/** What a source protects. The figures of RPO and RTO are asked of one such thing. */
const base = { name: Name, protects: Name };

const Dump = z
  .strictObject({
    kind: z.literal('dump'),
    ...base,
    protects: Name.default('database'),
    store: ObjectStore,
    /** The newest object under it is the backup. */
    prefix: Prefix.optional(),
    /** Only names that end so are backups. */
    suffix: z.string().min(1).max(50).optional(),
    /** One object that is written again and again. */
    key: z
      .string()
      .min(1)
      .max(1024)
      .regex(/^[^*?]*$/, 'a key without * and ?')
      .optional(),
    schedule: Schedule,
    checks: Checks,
    /** Whether it is restored as well, into `settings.scratch`. A dump that is only scanned is not known to restore. */
    restore: z.boolean().default(true),
  })
  .refine(({ prefix, key }) => (prefix === undefined) !== (key === undefined), {
    path: ['prefix'],
    error: 'either prefix or key must be set, and not both',
  })
  .refine(({ restore, checks }) => restore || checks.assertions.length + checks.newest.length === 0, {
    path: ['checks'],
    error: 'assertions and newest need restore: true; of a dump that is only scanned, tables can be checked',
  })
  .refine(({ restore, checks }) => restore || checks.tables.length > 0, {
    path: ['checks', 'tables'],
    error: 'must name at least one table',
  });

/** Base backups, each in a folder of its own under the prefix, or each one archive (`.tar`, `.tar.gz`). */
const Base = z.strictObject({
  kind: z.literal('base'),
  ...base,
  protects: Name.default('database'),
  store: ObjectStore,
  prefix: Prefix,
  schedule: Schedule,
});

/** The WAL archive that continues the base backups of another source. */
const Wal = z.strictObject({
  kind: z.literal('wal'),
  ...base,
  protects: Name.default('database'),
  store: ObjectStore,
  prefix: Prefix,
  /** The `base` source that it continues. Without one, it counts for nothing, and the report says so. */
  continues: Name.optional(),
  /** How old the newest file may be: `archive_timeout`, and some time to copy it. */
  maxLagMinutes: z.number().positive().max(10_080),
  /** How far back it must reach. */
  keepDays: z.int().min(1).max(3_650),
  lifecycleRule: z.boolean().default(true),
  /** As the server was made with (`initdb --wal-segsize`). */
  segmentMb: z.union([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024].map((size) => z.literal(size))).default(16),
});

const RdsSnapshot = z.strictObject({
  kind: z.literal('rds-snapshot'),
  ...base,
  protects: Name.default('database'),
  region: z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'a region, such as eu-central-1'),
  /** The instance, or the cluster. */
  identifier: z.string().min(1).max(63),
  of: z.enum(['instance', 'cluster']),
  type: z.enum(['automated', 'manual']).default('automated'),
  schedule: Schedule.omit({ lifecycleRule: true, maxShrinkPercent: true }),
  /** Whether unencrypted snapshots are in order. */
  mayBeUnencrypted: z.boolean().default(false),
});

const CacheSnapshot = z.strictObject({
  kind: z.literal('cache-snapshot'),
  ...base,
  protects: Name.default('cache'),
  region: z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'a region, such as eu-central-1'),
  replicationGroupId: z.string().min(1).max(40),
  schedule: Schedule.omit({ lifecycleRule: true, maxShrinkPercent: true }),
});

/** A copy of files, compared with what it is a copy of. */
const Files = z.strictObject({
  kind: z.literal('files'),
  ...base,
  protects: Name.default('files'),
  store: ObjectStore,
  prefix: Prefix,
  /** What it was copied from. Without it, the backup is only looked at for itself (a configuration backup). */
  of: z.strictObject({ store: ObjectStore, prefix: Prefix }).optional(),
  /** Each backup is a folder of its own under the prefix, named by its time; otherwise one folder is brought up to date. */
  folderPerBackup: z.boolean().default(false),
  schedule: Schedule,
  /** The least number of files of one backup. */
  minFiles: z.int().min(1).default(1),
  /** How many, chosen anew each night, are compared by size and checksum. */
  sampleSize: z.int().min(1).max(1_000).default(20),
  /** What was uploaded after the copy was made is not missing from it. */
  maxMissingPercent: z.number().min(0).max(100).default(0),
  /** Copies of the same files elsewhere: another region, another storage class. */
  copies: z
    .array(z.strictObject({ name: Name, store: ObjectStore, prefix: Prefix, storageClass: z.string().optional() }))
    .default([]),
});

export const Source = z.discriminatedUnion('kind', [Dump, Base, Wal, RdsSnapshot, CacheSnapshot, Files]);
export type Source = z.infer<typeof Source>;
export type SourceOf<Kind extends Source['kind']> = Extract<Source, { kind: Kind }>;

/** How much may be lost, and how long getting it back may take, of one thing that the sources protect. */
const Objective = z.strictObject({
  protects: Name,
  rpoMinutes: z.number().positive(),
  rtoMinutes: z.number().positive().optional(),
});
export type Objective = z.infer<typeof Objective>;

export const Settings = z
  .strictObject({
    sources: z.array(Source).min(1).max(50),
    scratch: Scratch.optional(),
    objectives: z.array(Objective).default([]),
  })
  .superRefine((settings, context) => {
    for (const { path, message } of unusable(settings)) context.addIssue({ code: 'custom', path, message });
  });
export type Settings = z.infer<typeof Settings>;

type Unusable = { path: (string | number)[]; message: string };

function unusable({
  sources,
  scratch,
  objectives,
}: {
  sources: Source[];
  scratch?: Scratch | undefined;
  objectives: Objective[];
}): Unusable[] {
  const names = sources.map(({ name }) => name);
  const bases = sources.flatMap((source) => (source.kind === 'base' ? [source.name] : []));
  const things = new Set(sources.map(({ protects }) => protects));
  const wrongSources = sources.flatMap((source, index): Unusable[] => [
    ...(names.indexOf(source.name) < index
      ? [{ path: ['sources', index, 'name'], message: `must be a name of its own; ${source.name} is taken` }]
      : []),
    ...(source.kind === 'wal' && source.continues !== undefined && !bases.includes(source.continues)
      ? [
          {
            path: ['sources', index, 'continues'],
            message: `must be the name of a source of kind base: ${bases.join(', ') || 'there is none'}`,
          },
        ]
      : []),
    ...(source.kind === 'dump' && source.restore && scratch === undefined
      ? [{ path: ['scratch'], message: `must be set, because ${source.name} is to be restored` }]
      : []),
  ]);
  const wrongObjectives = objectives.flatMap(({ protects }, index): Unusable[] =>
    things.has(protects)
      ? []
      : [
          {
            path: ['objectives', index, 'protects'],
            message: `must be what a source protects: ${[...things].join(', ')}`,
          },
        ],
  );
  return [...wrongSources, ...wrongObjectives];
}

export const Input = BaseInput;
export type Input = z.infer<typeof Input>;
