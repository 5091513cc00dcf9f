/** A user and an AUTH token of a real Redis whose passwords ElastiCache changes, as far as the account can tell, and their secrets. */
import { describe } from 'vitest';
import { handler as tokenHandler } from '../../../../functions/credential-rotation/elasticache-auth-token/handler.ts';
import { handler as userHandler } from '../../../../functions/credential-rotation/elasticache-user/handler.ts';
import type { PasswordsToPlant } from '../../../../local/aws/cache-passwords.ts';
import type { Estate } from '../../../../local/estate.ts';
import { findRedis } from '../../../../local/redis/programs.ts';
import { type Redis, startRedis } from '../../../../local/redis/server.ts';
import type { Rotated } from '../ground.ts';

const found = findRedis();

/** Where no Redis is installed, its tests are listed as skipped. */
export const describeWithRedis = describe.runIf('programs' in found);
if ('because' in found) process.stdout.write(`Skipped, because ${found.because}: passwords of a real cache\n`);

export function startCache(): Promise<Redis> {
  if ('because' in found) throw new Error(found.because);
  return startRedis(found.programs);
}

const EVIDENCE = 'alexander-evidence';
export const STRANGER = 'a-second-password-nobody-stored';

/** One of the two kinds, with what it is called on either side. */
export type Side = {
  kind: string;
  handler: Rotated['handler'];
  /** As Redis knows it. */
  user: string;
  /** Of which one part is what URLs, password files and JSON trip on (F34), as far as ElastiCache allows it. */
  first: string;
  own: object;
  plant(estate: Estate, passwords: PasswordsToPlant): void;
  modifies: 'elasticache:ModifyUser' | 'elasticache:ModifyReplicationGroup';
};

export const USER: Side = {
  kind: 'elasticache-user',
  handler: userHandler,
  user: 'cart-app',
  first: `canary0user"'\\%:@/?#[]{}$&*!~`,
  own: { userId: 'cart-app-id', username: 'cart-app' },
  plant: ({ aws }, passwords) => aws.createCacheUser({ id: 'cart-app-id', name: 'cart-app', passwords }),
  modifies: 'elasticache:ModifyUser',
};

export const TOKEN: Side = {
  kind: 'elasticache-auth-token',
  handler: tokenHandler,
  user: 'default',
  first: 'canary0token!&#$^<>-0of0the0group',
  own: { replicationGroupId: 'cart' },
  plant: ({ aws }, tokens) =>
    aws.createReplicationGroup({ id: 'cart', nodeGroups: ['0001'], snapshotRetentionDays: 1, tokens }),
  modifies: 'elasticache:ModifyReplicationGroup',
};

export type Ground = {
  side: Side;
  estate: Estate;
  redis: Redis;
  rotated: Rotated;
  secretArn: string;
  first: Record<string, string>;
  /** As it was planted; or with these passwords. */
  reset(valid?: string[]): Promise<void>;
  /** Whether a client that knows nothing of ours gets in. */
  logsIn(value: Record<string, string>): Promise<boolean>;
  /** Has Redis give the user these permissions. */
  permit(...rules: string[]): Promise<void>;
  /** The same deployment with other settings of its secret. */
  deployedWith(changes: object): Rotated;
};

const CANARY_KEY = 'cart:canary';

type Planting = { hosts?: string[]; looksUntilApplied?: number };

export async function plantCache(
  estate: Estate,
  redis: Redis,
  side: Side,
  { hosts = ['127.0.0.1', 'localhost'], looksUntilApplied = 2 }: Planting = {},
): Promise<Ground> {
  const first = { password: side.first, ...(side.user !== 'default' && { username: side.user }), note: 'kept' };
  const secretArn = estate.aws.createSecret(`cart/${side.user}`, JSON.stringify(first));
  estate.aws.rotateSecret(secretArn, { functionName: 'rotation', qualifier: 'live', everyDays: 30 });
  const server = { hosts, port: redis.port, caPem: redis.caPem };
  const entry = { secretArn, maxAgeDays: 32, server, work: ['GET', CANARY_KEY], ...side.own };
  const deployedWith = (changes: object) => ({
    kind: side.kind,
    handler: side.handler,
    settings: { secrets: [{ ...entry, ...changes }] },
  });
  const apply = async (valid: string[]) => {
    await redis.admin('ACL', 'SETUSER', side.user, 'resetpass', ...valid.map((one) => `>${one}`));
  };
  return {
    side,
    estate,
    redis,
    rotated: deployedWith({}),
    secretArn,
    first,
    reset: async (valid = [side.first]) => {
      await redis.admin('ACL', 'SETUSER', side.user, 'reset', 'on', '~*', '+@read', '+ping', '+client|list');
      await apply(valid);
      side.plant(estate, { valid, looksUntilApplied, apply });
      estate.aws.resetSecret(secretArn, JSON.stringify(first));
      for (const { key } of estate.aws.objects(EVIDENCE)) estate.aws.eraseVersions(EVIDENCE, key);
    },
    logsIn: async ({ password = '' }) => {
      const answer = await redis.ask({ username: side.user, password }, 'GET', CANARY_KEY);
      if (answer === '') return true;
      if (answer.startsWith('WRONGPASS')) return false;
      throw new Error(answer);
    },
    permit: async (...rules) => void (await redis.admin('ACL', 'SETUSER', side.user, ...rules)),
    deployedWith,
  };
}

const HOUR_MS = 3_600_000;

/** The account’s clock goes on for one piece of work: requests are signed by this machine’s. */
export async function after<Value>({ aws }: Estate, hours: number, work: () => Promise<Value>): Promise<Value> {
  aws.clock.advance(hours * HOUR_MS);
  return work().finally(() => aws.clock.advance(-hours * HOUR_MS));
}

export function verdicts(reports: { verdict: string; because?: string }[]): string[] {
  return reports.map(({ verdict, because }) => because ?? verdict);
}
