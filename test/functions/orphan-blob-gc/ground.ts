/** A system with blobs: its bucket, its tables in a real PostgreSQL, and the collector as it would be deployed. */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Context } from 'aws-lambda';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { handler } from '../../../functions/orphan-blob-gc/handler.ts';
import type { Candidate } from '../../../functions/orphan-blob-gc/manifest.ts';
import type { Markings } from '../../../functions/orphan-blob-gc/marking.ts';
import type { Report } from '../../../functions/runtime/report.ts';
import { type StandIn, startStandIn } from '../../../local/aws/stand-in.ts';
import { type BlobToPlant, plantBlobs } from '../../../local/blobs/plant.ts';
import { READER, rolesSql } from '../../../local/blobs/roles.ts';
import { BLOB_MAPPING, BLOB_TABLES, hashOf, keyOf } from '../../../local/blobs/schema.ts';
import { type Postgres, startPostgres } from '../../../local/postgres/server.ts';

export const BUCKET = 'alexander-blobs';
const EVIDENCE = 'alexander-evidence';
const HALT = '/nightshift/alexander/halt';
const DATA_ROOT = resolve(import.meta.dirname, '../../../.nightshift/postgres');
const PASSWORD = 'not-a-secret-0123456789abcdef';
const RUNBOOK = 'orphan-blob-gc';
const DAY_MS = 86_400_000;

export type Ground = {
  aws: StandIn;
  postgres: Postgres;
  /** As the owner of the tables. */
  client: pg.Client;
  sql<Row extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<Row[]>;
  plant(blobs: BlobToPlant[]): Promise<string[]>;
  readerArn: string;
  environment: Record<string, string>;
};

/** One server and one account for a test file; empty tables and buckets for each test. */
export function useGround(options: { clockSkewMs?: number } = {}): Ground {
  const ground = {} as Ground;
  beforeAll(async () => {
    ground.postgres = await startPostgres({ dataRoot: DATA_ROOT, inMemory: true });
    ground.client = new pg.Client(ground.postgres.admin);
    await ground.client.connect();
    ground.sql = async (text, values = []) => (await ground.client.query(text, values)).rows;
    await ground.sql(BLOB_TABLES + rolesSql({ database: 'postgres', password: PASSWORD }));
  });
  beforeEach(() => renew(ground, options));
  afterEach(() => ground.aws.stop());
  afterAll(async () => {
    await ground.client?.end();
    await ground.postgres?.stop();
  });
  return ground;
}

/** Empty tables, and an account in which nothing has happened yet. */
export async function renew(ground: Ground, options: { clockSkewMs?: number } = {}): Promise<void> {
  await ground.sql('TRUNCATE blobs, objects, multipart_parts');
  ground.aws = await startStandIn(options);
  furnish(ground);
  ground.plant = (blobs) => plantBlobs({ aws: ground.aws, bucket: BUCKET, client: ground.client }, blobs);
}

function furnish(ground: Ground): void {
  const { aws, postgres } = ground;
  aws.createBucket(BUCKET, { versioned: true });
  aws.setLifecycle(BUCKET, [{ id: 'quarantined', noncurrentDays: 14 }]);
  aws.createBucket(EVIDENCE, { versioned: true });
  aws.putParameter(HALT, 'run');
  const login = { username: READER, password: PASSWORD, host: 'localhost', port: postgres.port, dbname: 'postgres' };
  ground.readerArn = aws.createSecret('alexander/blobs-reader', JSON.stringify(login));
  const { accessKeyId, secretAccessKey } = aws.credentialsFor(`${RUNBOOK} report`);
  ground.environment = {
    AWS_ENDPOINT_URL: aws.endpoint,
    AWS_REGION: aws.region,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    EVIDENCE_BUCKET: EVIDENCE,
    HALT_PARAMETER: HALT,
    NOTIFY_TOPIC_ARN: aws.createTopic('alexander-notify'),
    PAGE_TOPIC_ARN: aws.createTopic('alexander-page'),
  };
}

// biome-ignore lint/suspicious/noExplicitAny: tests write settings that the contract would not allow
type Edit = (settings: any) => void;

export function settingsOf({ readerArn, postgres }: Ground): Record<string, unknown> {
  return {
    store: { bucket: BUCKET },
    ...structuredClone(BLOB_MAPPING),
    database: { reader: { secretArn: readerArn }, caPem: postgres.caPem },
    quarantine: { kind: 'delete-marker' },
    writersCheckBeforeReuse: true,
    ownCollector: false,
    shards: 16,
    policy: { minAgeHours: 24, caps: { maxTargets: 1_000, maxPercent: 50 }, requestsPerSecond: 3_500 },
  };
}

export type Asked = {
  /** Lambda's; asynchronous retries of one event keep it. */
  requestId?: string;
  /** What Lambda says is left; by default, of a minute. */
  remainingMs?: () => number;
  event?: unknown;
  mode?: 'report' | 'enforce';
  edit?: Edit;
};

/** What a deploy would write to `settings.json`. */
export function deploymentOf(settings: Record<string, unknown>, mode: 'report' | 'enforce') {
  const severity = (word: string, topic: string) => ({ word, respondWithin: '1 day', topic });
  const severities = {
    critical: severity('SEV1', 'page'),
    warning: severity('SEV3', 'notify'),
    info: severity('SEV4', 'notify'),
  };
  return { system: 'Alexander', runbook: RUNBOOK, mode, severities, settings };
}

/** The report of a run, however it ended. */
export async function call(ground: Ground, asked: Asked = {}) {
  const { event = {}, mode = 'report', edit, remainingMs, requestId = randomUUID() } = asked;
  const folder = mkdtempSync(join(tmpdir(), 'nightshift-test-'));
  const settings = settingsOf(ground);
  edit?.(settings);
  writeFileSync(join(folder, 'settings.json'), JSON.stringify(deploymentOf(settings, mode)));
  Object.assign(process.env, ground.environment, { LAMBDA_TASK_ROOT: folder });
  const endsAt = performance.now() + 60_000;
  const left = remainingMs ?? (() => Math.max(0, endsAt - performance.now()));
  const context = { awsRequestId: requestId, getRemainingTimeInMillis: left };
  try {
    return await handler(event, context as Context);
  } catch (error) {
    const { report } = error as { report?: Report };
    if (report !== undefined) return report;
    throw error;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Time passes, as the bucket and what is on record tell it; rows that are to grow older have to be told. */
export function passDays({ aws }: Ground, days: number): void {
  aws.clock.advance(days * DAY_MS);
}

export function markings({ aws }: Ground): Markings {
  const state = evidence(aws).find(({ key }) => key === `state/${RUNBOOK}/marking.json`);
  return state === undefined ? {} : (JSON.parse(state.body.toString()) as Markings);
}

/** Every candidate of the marking that counts, in the order of its manifests. */
export function candidates(ground: Ground): Candidate[] {
  const objects = evidence(ground.aws);
  return (markings(ground).counts?.finished ?? []).flatMap(({ manifest }) => {
    const body = objects.find(({ key }) => key === manifest)?.body ?? Buffer.alloc(0);
    const lines = gunzipSync(body).toString().split('\n').filter(Boolean);
    return lines.map((line) => JSON.parse(line) as Candidate);
  });
}

export function evidence(aws: StandIn) {
  return aws.objects(EVIDENCE);
}

/** The finding about this, by the end of its target. */
export function findingOf({ findings }: Report, about: string) {
  return findings.find(({ target }) => target.endsWith(about));
}

/** The keys of blobs with these contents, in byte order. */
export function keysOf(...contents: string[]): string[] {
  return contents.map((content) => keyOf(hashOf(content))).toSorted();
}
