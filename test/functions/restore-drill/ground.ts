/**
 * A production instance, and a real PostgreSQL in which its copies turn out to live: what a drill needs, on one machine. The drill is
 * the deployed handler, carried through by AWS's own local runner.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { LocalDurableTestRunner } from '@aws/durable-execution-sdk-js-testing';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, vi } from 'vitest';
import { handler } from '../../../functions/restore-drill/handler.ts';
import type { Report } from '../../../functions/runtime/report.ts';
import type { RestorePlan } from '../../../local/aws/database-store.ts';
import { type StandIn, startStandIn } from '../../../local/aws/stand-in.ts';
import { type Postgres, startPostgres } from '../../../local/postgres/server.ts';
import { skipTime } from '../skipped-time.ts';
import { dyingIn } from './interrupted.ts';

export const SOURCE = 'apex-db';
export const SECURITY_GROUP = 'sg-0drill0drill0dri';
const BUCKET = 'alexander-evidence';
export const HALT = '/nightshift/alexander/halt';
const DATA_ROOT = resolve(import.meta.dirname, '../../../.nightshift/postgres');
const MASTER = 'apex_master';

export type Ground = {
  aws: StandIn;
  postgres: Postgres;
  /** Every password that a copy was given. */
  passwords: string[];
  /** The instances of RDS as they were when a copy was last given a password. */
  instances: ReturnType<StandIn['dbInstances']>;
  /** Everything that the function printed. */
  printed: string[];
  /** As the superuser of the server on which copies live. */
  sql(text: string): Promise<void>;
  /** Copies become what this says, where it says so. */
  plan(changes?: Partial<RestorePlan>): void;
};

/** One server for a test file; an account of its own and a fresh runner for each test. */
export function useGround(): Ground {
  const ground = useServer();
  let endSkipping: (() => Promise<void>) | undefined;
  beforeEach(async () => {
    // For each test: after the first wait of a set-up, the runner replays nothing more.
    endSkipping = await skipTime();
    await openAccount(ground);
    listen(ground);
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
    await ground.aws.stop();
    await endSkipping?.();
  });
  return ground;
}

/** One server and one account for a test file that runs its drills elsewhere. */
export function useAccount(): Ground {
  const ground = useServer();
  beforeAll(() => openAccount(ground));
  afterAll(() => ground.aws?.stop());
  return ground;
}

function useServer(): Ground {
  const ground = { passwords: [], printed: [] } as unknown as Ground;
  beforeAll(async () => {
    ground.postgres = await startPostgres({ dataRoot: DATA_ROOT, inMemory: true });
    ground.sql = (text) => asAdmin(ground.postgres, text);
    await ground.sql(`CREATE ROLE ${MASTER} LOGIN`);
    await ground.sql('CREATE TABLE orders (id int PRIMARY KEY, placed_at timestamptz NOT NULL)');
    await ground.sql('INSERT INTO orders SELECT id, now() FROM generate_series(1, 250) id');
    await ground.sql(`GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${MASTER}`);
  });
  afterAll(() => ground.postgres?.stop());
  return ground;
}

async function asAdmin(postgres: Postgres, text: string): Promise<void> {
  const client = new pg.Client(postgres.admin);
  await client.connect();
  try {
    await client.query(text);
  } finally {
    await client.end();
  }
}

async function openAccount(ground: Ground): Promise<void> {
  ground.aws = await startStandIn();
  ground.passwords.length = 0;
  ground.printed.length = 0;
  const { aws } = ground;
  aws.createBucket(BUCKET, { versioned: true });
  aws.putParameter(HALT, 'run');
  plantSource(aws);
  ground.plan = (changes = {}) =>
    aws.planRestores({
      statuses: ['creating', 'available'],
      endpoint: { host: 'localhost', port: ground.postgres.port },
      looksUntilPassword: 0,
      setPassword: (password) => {
        ground.passwords.push(password);
        ground.instances = aws.dbInstances();
        return ground.sql(`ALTER ROLE ${MASTER} PASSWORD '${password}'`);
      },
      ...changes,
    });
  ground.plan();
}

/** Keeps what the function prints. */
function listen(ground: Ground): void {
  const keep = (...text: unknown[]) => {
    ground.printed.push(text.map(String).join(' '));
    return true;
  };
  vi.spyOn(process.stdout, 'write').mockImplementation(keep);
  for (const method of ['log', 'info', 'warn', 'error', 'debug'] as const)
    vi.spyOn(console, method).mockImplementation(keep);
}

const MINUTE_MS = 60_000;

function plantSource(aws: StandIn): void {
  aws.createDbInstance({
    identifier: SOURCE,
    engine: 'postgres',
    caIdentifier: 'rds-ca-rsa2048-g1',
    serverCertificateValidTill: new Date('2030-01-01T00:00:00Z'),
    endpoint: { host: 'apex-db.c1.eu-central-1.rds.amazonaws.com', port: 5432 },
    masterUsername: MASTER,
    latestRestorableTime: new Date(Date.now() - 4 * MINUTE_MS),
    tags: [{ key: 'team', value: 'apex' }],
  });
}

/** Either way of restoring is a role of its own. */
export function callerOf(restore = 'latest-restorable-time'): string {
  return `restore-drill ${restore}`;
}

export function environmentOf(aws: StandIn, restore?: string): Record<string, string> {
  const { accessKeyId, secretAccessKey } = aws.credentialsFor(callerOf(restore));
  return {
    AWS_ENDPOINT_URL: aws.endpoint,
    AWS_REGION: aws.region,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    EVIDENCE_BUCKET: BUCKET,
    HALT_PARAMETER: HALT,
    NOTIFY_TOPIC_ARN: aws.createTopic('alexander-notify'),
    PAGE_TOPIC_ARN: aws.createTopic('alexander-page'),
    SCRATCH_SECURITY_GROUP_ID: SECURITY_GROUP,
  };
}

// biome-ignore lint/suspicious/noExplicitAny: tests write settings that the contract would not allow
type Edit = (deployment: any) => void;

/** What a deploy would write to `settings.json`. */
export function deploymentOf({ postgres }: Ground, edit: Edit = () => {}) {
  const severity = (word: string, topic: string) => ({ word, respondWithin: '1 day', topic });
  const deployment = {
    system: 'Alexander',
    runbook: 'restore-drill',
    mode: 'report',
    severities: {
      critical: severity('P0', 'page'),
      warning: severity('P2', 'notify'),
      info: severity('P3', 'notify'),
    },
    settings: {
      source: { instance: SOURCE, restore: 'latest-restorable-time' },
      copy: {
        instanceClass: 'db.t4g.medium',
        subnetGroup: 'isolated',
        parameterGroup: 'apex-postgres18',
        optionGroup: 'default:postgres-18',
        timeoutMinutes: 10,
        caPem: postgres.caPem,
      },
      database: 'postgres',
      checks: { tables: [{ table: 'orders', minRows: 200 }] },
      objectives: { rtoMinutes: 240, rpoMinutes: 15 },
    },
  };
  edit(deployment);
  return deployment;
}

export type Asked = {
  event?: unknown;
  edit?: Edit;
  remainingMs?: number;
  /** The step in which the first sandbox dies. */
  dyingInStep?: string;
};

/** One execution, however it ended. Its history is what AWS would keep of it. */
export async function drill(ground: Ground, { event = {}, edit, remainingMs, dyingInStep }: Asked = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'nightshift-drill-'));
  const deployment = deploymentOf(ground, edit);
  writeFileSync(join(folder, 'settings.json'), JSON.stringify(deployment));
  const environment = environmentOf(ground.aws, deployment.settings.source.restore);
  for (const [name, value] of Object.entries({ ...environment, LAMBDA_TASK_ROOT: folder })) vi.stubEnv(name, value);
  const timed: typeof handler = (invocation, context) =>
    handler(invocation, {
      ...context,
      getRemainingTimeInMillis: () => remainingMs ?? context.getRemainingTimeInMillis(),
    });
  try {
    const handlerFunction = dyingInStep === undefined ? timed : dyingIn(dyingInStep, timed);
    const runner = new LocalDurableTestRunner<Report>({ handlerFunction });
    const execution = await runner.run({ payload: event });
    const history = JSON.stringify([execution.getHistoryEvents(), execution.getOperations()]);
    return { status: execution.getStatus(), report: lastReport(ground), history };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** As stored: the evidence of a run that failed is there, too. Two runs may be over within a second, which is all that a store tells. */
export function lastReport({ aws }: Ground): Report | undefined {
  const objects = stored(aws).filter(({ key }) => /^reports\/.*Z-[0-9a-f]{8}\.json$/.test(key));
  const reports = objects.map(({ body }) => JSON.parse(body.toString()) as Report);
  return reports.toSorted((a, b) => b.startedAt.localeCompare(a.startedAt))[0];
}

export function stored(aws: StandIn) {
  return aws.objects(BUCKET);
}

export function namesOf({ aws }: Ground): string[] {
  return aws.dbInstances().map(({ identifier }) => identifier);
}

/** What was asked of RDS that changes something, in order. */
export function rdsChanges({ aws }: Ground): string[] {
  return aws
    .requests()
    .flatMap(({ service, operation, changing }) => (service === 'rds' && changing ? [operation] : []));
}

/** Where a password of a copy was written down: it should be nowhere. */
export function passwordless(ground: Ground, alsoIn: Record<string, string> = {}): string[] {
  const { aws, passwords, printed } = ground;
  const places = {
    ...Object.fromEntries(stored(aws).map(({ key, body }) => [key, body.toString('latin1')])),
    messages: JSON.stringify(aws.published()),
    requests: JSON.stringify(aws.requests()),
    printed: printed.join('\n'),
    ...alsoIn,
  };
  return Object.entries(places).flatMap(([place, text]) =>
    passwords.some((password) => text.includes(password)) ? [place] : [],
  );
}
