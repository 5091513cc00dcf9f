/**
 * The words that every runbook's contract is made of. The functions and the CDK app import the same schemas, so a bad
 * settings file fails `cdk synth`, not a night. Imports only zod: a contract must be readable without loading an SDK.
 */
import * as z from 'zod';

export const Severity = z.enum(['info', 'warning', 'critical']);
export type Severity = z.infer<typeof Severity>;

/** `report` looks and tells; `enforce` also changes what the room's permissions allow. */
export const Mode = z.enum(['report', 'enforce']);
export type Mode = z.infer<typeof Mode>;

/** PostgreSQL cuts identifiers at 63 bytes (NAMEDATALEN - 1) without an error, so a longer name would be another name. */
const MAX_IDENTIFIER_BYTES = 63;

/**
 * A table, column or schema name. Allow-listed although it is quoted wherever it is used: a name that needs more than
 * this is far more often a mistake, or an attack, than a table.
 */
export const SqlIdentifier = z
  .string()
  .max(MAX_IDENTIFIER_BYTES)
  .regex(
    /^[A-Za-z_][A-Za-z0-9_$]*$/,
    'a name of letters, digits, _ and $, at most 63, that does not begin with a digit',
  );

export const Arn = z
  .string()
  .regex(
    /^arn:aws[a-z-]*:[a-z0-9-]+:[a-z0-9-]*:\d{0,12}:.+$/,
    'a complete ARN, such as arn:aws:service:region:account:…',
  );

/** A secret in AWS's own RDS format, named by its complete ARN (with the random suffix), so that a permission can be exact. */
export const SecretReference = z.strictObject({ secretArn: Arn, kmsKeyArn: Arn.optional() });
export type SecretReference = z.infer<typeof SecretReference>;

/**
 * How to reach one database, and as whom. IAM cannot restrict SQL, so there are two secrets: the reader's, and the
 * actor's, which only a function deployed in `enforce` mode may read. `host`, `port` and `dbname` here win over the
 * secret's, because the secrets that RDS itself manages hold only a user name and a password.
 */
export const Database = z.strictObject({
  reader: SecretReference,
  actor: SecretReference.optional(),
  host: z.string().min(1).optional(),
  port: z.int().min(1).max(65535).optional(),
  dbname: z.string().min(1).optional(),
  /** `off` is accepted for a loopback host only. */
  tls: z.enum(['verify-full', 'off']).default('verify-full'),
  /** PEM certificates to trust instead of Amazon's own CAs. */
  caPem: z.string().includes('-----BEGIN CERTIFICATE-----').optional(),
});
export type Database = z.infer<typeof Database>;

/**
 * How much one run may change. Both are computed over the whole plan before the first action; over either, nothing is
 * done. The percentage counts only where there are at least 20 targets: 5 % of fewer is less than one.
 */
export const Caps = z.strictObject({
  maxTargets: z.int().min(1).max(1000).default(10),
  maxPercent: z.number().positive().max(100).default(5),
});
export type Caps = z.infer<typeof Caps>;

/** What any invocation may say, whoever sends it. A mode can only be lowered. */
export const BaseInput = z.strictObject({ mode: Mode.optional() });

const SeverityWords = z.strictObject({
  word: z.string().min(1),
  respondWithin: z.string().min(1),
  topic: z.enum(['page', 'notify']),
});

/** How one operated system calls our severities, how fast it answers them, and which topic hears of them. */
export const Severities = z.strictObject({ info: SeverityWords, warning: SeverityWords, critical: SeverityWords });
export type Severities = z.infer<typeof Severities>;

/** One deployed function's name: the evidence prefix, the lease, the log key and the metric dimension. */
export const RunbookName = z.string().regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/, 'a kebab-case name');

/**
 * `settings.json` in a function's code asset: everything known when it is deployed. What only CloudFormation knows comes by
 * environment variable (see `deployment.ts`).
 */
export function Deployment<Settings extends z.ZodType>(settings: Settings) {
  return z.strictObject({
    system: z.string().min(1),
    runbook: RunbookName,
    mode: Mode.default('report'),
    severities: Severities,
    /** An event older than this when it reaches us is refused: what it asked for was meant for another hour. */
    maxEventAgeMinutes: z
      .int()
      .min(1)
      .max(24 * 60)
      .default(120),
    settings,
  });
}
