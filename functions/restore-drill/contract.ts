/** What a restore drill is told: by its deployment (`Settings`) and by one invocation (`Input`). */
import * as z from 'zod';
import { Checks } from '../restored/contract.ts';
import { Arn, BaseInput } from '../runtime/contract.ts';

/** What the drill's own instances begin with; its role may make, change and delete no others. */
export const COPY_PREFIX = 'nightshift-drill-';

const InstanceIdentifier = z
  .string()
  .regex(/^[a-z](-?[a-z0-9])*$/, 'lower-case letters, digits and single hyphens, a letter first')
  .max(63)
  .refine((name) => !name.startsWith(COPY_PREFIX), { error: `must not begin with ${COPY_PREFIX}: those are copies` });

const GroupName = z
  .string()
  .regex(/^[A-Za-z](-?[A-Za-z0-9._:])*$/, 'the name of a group in RDS')
  .max(255);

const Source = z.strictObject({
  /** A DB instance in RDS, in the region of the function. Not a member of an Aurora cluster. */
  instance: InstanceIdentifier,
  /** The newest automated snapshot, or the latest time that RDS can restore to. */
  restore: z.enum(['latest-snapshot', 'latest-restorable-time']),
  /** Whether an unencrypted snapshot is in order. */
  mayBeUnencrypted: z.boolean().default(false),
  /** The customer key that it is encrypted with; `aws/rds` needs none. */
  kmsKeyArn: Arn.optional(),
});

const Copy = z.strictObject({
  instanceClass: z.string().regex(/^db\.[a-z0-9-]+\.[a-z0-9]+$/, 'a class such as db.t4g.medium'),
  /** Of subnets without a way out. */
  subnetGroup: GroupName,
  /** Both named: without them, RDS takes its defaults, and the copy may not start as production would. */
  parameterGroup: GroupName,
  optionGroup: GroupName,
  port: z.int().min(1150).max(65535).default(5432),
  /** For how long the copy may take to become available. */
  timeoutMinutes: z.int().min(10).max(480).default(240),
  /** PEM certificates to trust instead of Amazon's own CAs. */
  caPem: z.string().includes('-----BEGIN CERTIFICATE-----').optional(),
});

export const Settings = z.strictObject({
  source: Source,
  copy: Copy,
  /** The database in which `checks` are made. */
  database: z.string().min(1).max(63),
  checks: Checks,
  objectives: z.strictObject({ rtoMinutes: z.number().positive(), rpoMinutes: z.number().positive() }),
  /** A copy older than this was left behind. No execution lasts as long. */
  sweepAfterHours: z.int().min(12).max(168).default(12),
});
export type Settings = z.infer<typeof Settings>;

/** For how long a copy's deletion is watched. */
export const DELETION_MINUTES = 60;
/** An invocation's own 15 minutes for the checks, and some to begin and to end. */
const AROUND_MINUTES = 30;

/** How long one execution may take in all: its lease lasts as long, and then AWS ends it. */
export function executionMinutes({ copy }: Pick<Settings, 'copy'>): number {
  return copy.timeoutMinutes + DELETION_MINUTES + AROUND_MINUTES;
}

export const Input = BaseInput.extend({
  /** Removes what was left behind, and restores nothing. */
  sweepOnly: z.boolean().optional(),
});
export type Input = z.infer<typeof Input>;

/** What the report's `detail` holds, and the page draws. */
export const Detail = z.strictObject({
  source: z.string(),
  /** What was restored: a snapshot's name, or a time. */
  from: z.string().optional(),
  copy: z.string().optional(),
  recoveryPoint: z.iso.datetime().optional(),
  /** What happened, in order. */
  timeline: z.array(z.strictObject({ at: z.iso.datetime(), what: z.string() })),
  rpo: z.strictObject({ minutes: z.number().optional(), target: z.number() }),
  rto: z.strictObject({ minutes: z.number().optional(), target: z.number() }),
  tables: z.array(z.strictObject({ table: z.string(), rows: z.number(), before: z.number().optional() })),
});
export type Detail = z.infer<typeof Detail>;
