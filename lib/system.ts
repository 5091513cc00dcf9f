/** What a file in `systems/` says about one operated system; wrong files fail `cdk synth`, with every error at once. */
import * as z from 'zod';
import { Settings as BackupVerificationSettings } from '../functions/backup-verification/contract.ts';
import { Settings as CertificateCheckSettings } from '../functions/certificate-check/contract.ts';
import { Settings as InactiveKeyAuditSettings } from '../functions/inactive-key-audit/contract.ts';
import { Settings as OrphanBlobGcSettings, objectionToEnforce } from '../functions/orphan-blob-gc/contract.ts';
import { Coordinator } from '../functions/orphan-blob-gc/coordinator/contract.ts';
import { Settings as RestoreDrillSettings } from '../functions/restore-drill/contract.ts';
import { Arn, Mode, Severities } from '../functions/runtime/contract.ts';
import { CredentialRotation } from './rotation-settings.ts';
import { DatabaseAccess, GAP_NOT_GIVEN, isDaily, isGapGiven, resourceId, Schedule } from './setting-words.ts';

/** Given by attributes: a look-up would need credentials to synthesize, and would write what it found into the repository. */
const Vpc = z
  .strictObject({
    vpcId: resourceId('vpc'),
    availabilityZones: z.array(z.string().regex(/^[a-z][a-z0-9-]+[a-z]$/, 'a zone such as eu-central-1a')).min(1),
    /** One for each availability zone, in the same order. */
    privateSubnetIds: z.array(resourceId('subnet')).min(1),
  })
  .refine((vpc) => vpc.privateSubnetIds.length === vpc.availabilityZones.length, {
    path: ['privateSubnetIds'],
    error: 'must name one subnet for each of availabilityZones, in the same order',
  });
export type Vpc = z.infer<typeof Vpc>;

const SnsTopicArn = Arn.regex(/^arn:aws[a-z-]*:sns:/, 'the ARN of an SNS topic');

/** Either a topic of this stack with its subscribers, or one that exists; a topic that nobody hears is refused. */
const Topic = z
  .strictObject({
    emails: z.array(z.email()).min(1).optional(),
    topicArn: SnsTopicArn.optional(),
    /** The customer key of `topicArn`, where it has one. Its policy must admit CloudWatch. */
    kmsKeyArn: Arn.optional(),
  })
  .refine((topic) => (topic.emails === undefined) !== (topic.topicArn === undefined), {
    error: 'must have either emails or topicArn: a topic that nobody hears announces nothing',
  })
  .refine((topic) => topic.kmsKeyArn === undefined || topic.topicArn !== undefined, {
    path: ['kmsKeyArn'],
    error: 'belongs to an existing topicArn; a topic of this stack has no key of its own',
  });
export type Topic = z.infer<typeof Topic>;

const TimeZone = z.string().refine(isTimeZone, 'must be an IANA time zone such as Europe/Berlin or UTC');

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

const InactiveKeyAudit = z
  .strictObject({
    mode: Mode.default('report'),
    schedule: Schedule,
    /** Needed only where the schedule's own gap cannot be computed: L, W, # or named years. */
    everyHours: z.number().positive().optional(),
    database: DatabaseAccess,
    /** Off unless asked for: a new account's quota lets nothing be reserved, and the deployment would fail. */
    reservedConcurrency: z.int().min(1).optional(),
    settings: InactiveKeyAuditSettings,
  })
  .refine((audit) => audit.mode === 'report' || audit.settings.database.actor !== undefined, {
    path: ['settings', 'database', 'actor'],
    error: 'is required in enforce mode: the secret of a login that may turn keys off',
  })
  .refine(isGapGiven, GAP_NOT_GIVEN);

/** Lambda cannot reach it: AWS blocks it for every account that has not asked otherwise. */
const BLOCKED_PORT = 25;

/** The deployment itself says where it is placed; what its settings say of each other is checked with it. */
const { placement: _byDeployment, ...placed } = CertificateCheckSettings.shape;

const CertificateCheckPlacement = z
  .strictObject({
    schedule: Schedule,
    everyHours: z.number().positive().optional(),
    settings: z.strictObject(placed),
  })
  .superRefine(({ settings }, context) => {
    for (const [index, { port }] of settings.endpoints.entries()) {
      if (port !== BLOCKED_PORT) continue;
      const message = 'is blocked on AWS, so a function can never reach it; check the submission port, 587 or 465';
      context.addIssue({ code: 'custom', path: ['settings', 'endpoints', index, 'port'], message });
    }
  })
  .refine(isGapGiven, GAP_NOT_GIVEN);
export type CertificateCheckPlacement = z.infer<typeof CertificateCheckPlacement>;

/** Outside the VPC it sees what the internet sees; inside it, databases and internal names. */
const CertificateCheck = z.strictObject({
  public: CertificateCheckPlacement.optional(),
  private: CertificateCheckPlacement.optional(),
});

/** `scratchDatabase`: how to get to the isolated PostgreSQL of `settings.scratch`. */
const BackupVerification = z
  .strictObject({
    schedule: Schedule,
    everyHours: z.number().positive().optional(),
    scratchDatabase: DatabaseAccess.optional(),
    settings: BackupVerificationSettings,
  })
  .refine(({ settings, scratchDatabase }) => (settings.scratch === undefined) === (scratchDatabase === undefined), {
    path: ['scratchDatabase'],
    error: 'must be set where settings.scratch is, and only there: the security group of the isolated PostgreSQL',
  })
  .refine(isGapGiven, GAP_NOT_GIVEN);

/** Monthly or quarterly: each makes an instance of RDS for an hour or some, and deletes it. */
const RestoreDrill = z
  .strictObject({ schedule: Schedule, everyHours: z.number().positive().optional(), settings: RestoreDrillSettings })
  .refine(isGapGiven, GAP_NOT_GIVEN);

const Metric = z.strictObject({
  namespace: z.string().min(1),
  metricName: z.string().min(1),
  dimensions: z.record(z.string().min(1), z.string().min(1)),
});

/** Either an alarm that exists, by its name, or one of this stack: on the bucket's size, or on a metric of the system's own. */
const StorageAlarm = z.union([
  z.strictObject({ alarmName: z.string().min(1).max(255) }),
  z.strictObject({ aboveBytes: z.number().positive(), metric: Metric.optional() }),
]);

const OrphanBlobGc = z
  .strictObject({
    mode: Mode.default('report'),
    /** When orphans are looked for. */
    mark: Schedule,
    everyHours: z.number().positive().optional(),
    /** When, in enforce mode, what is wanted again is brought back, and what has waited is quarantined. Daily. */
    sweep: Schedule.default('cron(30 3 * * ? *)').refine(isDaily, {
      error: 'must run at least once a day: what is wanted again waits for it in quarantine',
    }),
    storageAlarm: StorageAlarm.optional(),
    /** Where one invocation is not enough: a durable function that hands shards out, and marks instead of the other one. */
    coordinator: Coordinator.optional(),
    database: DatabaseAccess,
    settings: OrphanBlobGcSettings,
  })
  .refine((gc) => gc.mode === 'report' || gc.settings.database.actor !== undefined, {
    path: ['settings', 'database', 'actor'],
    error:
      'is required in enforce mode: the secret of a login that may delete rows of the blob table, and put them back',
  })
  .superRefine(({ mode, settings }, context) => {
    const objection = mode === 'enforce' ? objectionToEnforce(settings) : undefined;
    if (objection !== undefined) context.addIssue({ code: 'custom', path: ['mode'], message: objection });
  })
  .refine(({ coordinator, settings }) => !coordinator || settings.shards >= coordinator.atOnce, {
    path: ['coordinator', 'atOnce'],
    error: 'must not be more than settings.shards: a shard is marked by one invocation',
  })
  .refine(({ mark, everyHours }) => isGapGiven({ schedule: mark, everyHours }), GAP_NOT_GIVEN);

export const System = z.strictObject({
  name: z.string().regex(/^[A-Z][A-Za-z0-9]{0,63}$/, 'a name such as Alexander: letters and digits, a capital first'),
  account: z.string().regex(/^\d{12}$/, 'twelve digits, as a string'),
  region: z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'a region such as eu-central-1'),
  timeZone: TimeZone,
  vpc: Vpc,
  severities: Severities,
  topics: z.strictObject({ page: Topic, notify: Topic }),
  permissionsBoundaryArn: Arn.optional(),
  /** For an account that was bootstrapped with `cdk bootstrap --qualifier`. */
  bootstrapQualifier: z
    .string()
    .regex(/^[a-z0-9]{1,10}$/, 'at most ten lower-case letters and digits')
    .optional(),
  tags: z.record(z.string().min(1), z.string()).default({}),
  /** Where this repository can be read, so that an alarm links to the runbook's README: `https://…/blob/main`. */
  repositoryUrl: z.url().optional(),
  runbooks: z.strictObject({
    'inactive-key-audit': InactiveKeyAudit.optional(),
    'certificate-check': CertificateCheck.optional(),
    'backup-verification': BackupVerification.optional(),
    'restore-drill': RestoreDrill.optional(),
    'orphan-blob-gc': OrphanBlobGc.optional(),
    'credential-rotation': CredentialRotation.optional(),
  }),
});
/** What a file in `systems/` exports: `export default { … } satisfies System`. */
export type System = z.input<typeof System>;
/** The same after its defaults were filled in. */
export type CheckedSystem = z.output<typeof System>;
