/** What a file in `systems/` says about the credentials that are rotated: each kind is a function of its own. */
import * as z from 'zod';
import { Settings as AccessKeyTable } from '../functions/credential-rotation/access-key-table/contract.ts';
import { Settings as ElasticacheAuthToken } from '../functions/credential-rotation/elasticache-auth-token/contract.ts';
import { Settings as ElasticacheUser } from '../functions/credential-rotation/elasticache-user/contract.ts';
import { Settings as HttpApi } from '../functions/credential-rotation/http-api/contract.ts';
import { Settings as PostgresAlternating } from '../functions/credential-rotation/postgres-alternating/contract.ts';
import { Settings as PostgresUser } from '../functions/credential-rotation/postgres-user/contract.ts';
import { Mode } from '../functions/runtime/contract.ts';
import { longestGapHours } from './schedule.ts';
import { DatabaseAccess, GAP_NOT_GIVEN, isDaily, isGapGiven, isGapKnown, Schedule } from './setting-words.ts';

/** Of Secrets Manager, which counts in UTC, and whose hours begin at minute 0. */
const RotationSchedule = Schedule.regex(
  /^(rate\(\d+ (hours?|days?)\)|cron\(0 \S+ \S+ \S+ \S+ \*\))$/,
  'such as rate(30 days), or cron(0 3 1 * ? *): at a full hour, in UTC, every year',
).default('rate(30 days)');

/** The cache's own security group. */
const CacheAccess = z.strictObject({ ...DatabaseAccess.shape, port: z.int().min(1).max(65535).default(6379) });

const rotates = { rotates: RotationSchedule };

type Rotated = { rotates: string; settings: { secrets: { maxAgeDays: number }[] } };

function isOftenEnough({ rotates: schedule, settings }: Rotated): boolean {
  // What is wrong with the expression itself is told already; of L, W and # nobody knows the gap.
  if (!isGapKnown(schedule)) return true;
  const days = longestGapDays(schedule);
  return settings.secrets.every(({ maxAgeDays }) => maxAgeDays > days);
}

function longestGapDays(schedule: string): number {
  try {
    return (longestGapHours(schedule) ?? 0) / 24;
  } catch {
    return 0;
  }
}

const TOO_SELDOM = {
  path: ['rotates'],
  error: 'must rotate each secret more often than every maxAgeDays, or it would be overdue before its time',
};

const Kinds = z.strictObject({
  'access-key-table': z
    .strictObject({ ...rotates, database: DatabaseAccess, settings: AccessKeyTable })
    .refine(isOftenEnough, TOO_SELDOM)
    .optional(),
  'http-api': z
    .strictObject({ ...rotates, settings: HttpApi })
    .refine(isOftenEnough, TOO_SELDOM)
    .optional(),
  'postgres-alternating': z
    .strictObject({ ...rotates, database: DatabaseAccess, settings: PostgresAlternating })
    .refine(isOftenEnough, TOO_SELDOM)
    .optional(),
  'elasticache-user': z
    .strictObject({ ...rotates, cache: CacheAccess, settings: ElasticacheUser })
    .refine(isOftenEnough, TOO_SELDOM)
    .optional(),
  'elasticache-auth-token': z
    .strictObject({ ...rotates, cache: CacheAccess, settings: ElasticacheAuthToken })
    .refine(isOftenEnough, TOO_SELDOM)
    .optional(),
  'postgres-user': z
    .strictObject({ ...rotates, database: DatabaseAccess, settings: PostgresUser })
    .refine(isOftenEnough, TOO_SELDOM)
    .optional(),
});

export const CredentialRotation = z
  .strictObject({
    mode: Mode.default('report'),
    /** When each function looks at its secrets, mends what stands half-way, and revokes what is old. Daily. */
    schedule: Schedule.refine(isDaily, { error: 'must run at least once a day: what stands half-way waits for it' }),
    everyHours: z.number().positive().optional(),
    kinds: Kinds,
  })
  .refine(({ kinds }) => Object.values(kinds).some((kind) => kind !== undefined), {
    path: ['kinds'],
    error: 'must have at least one kind',
  })
  .refine(
    ({ mode, kinds }) =>
      mode === 'report' ||
      kinds['access-key-table']?.settings.database.actor !== undefined ||
      !kinds['access-key-table'],
    {
      path: ['kinds', 'access-key-table', 'settings', 'database', 'actor'],
      error: 'is required in enforce mode: the secret of a login that may add keys and turn them off',
    },
  )
  .refine(isGapGiven, GAP_NOT_GIVEN);
