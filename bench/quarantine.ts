/** How near a sweep comes to the rate of requests that settings allow, with a store that takes its time. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import pg from 'pg';
import { bundle } from '../lib/bundle.ts';
import { type StandIn, startStandIn } from '../local/aws/stand-in.ts';
import { plantBlobs } from '../local/blobs/plant.ts';
import { ACTOR, READER, rolesSql } from '../local/blobs/roles.ts';
import { BLOB_MAPPING, BLOB_TABLES } from '../local/blobs/schema.ts';
import { type Postgres, startPostgres } from '../local/postgres/server.ts';
import { sideBySide } from './run.ts';
import { openSlowStore, type SlowStore } from './slow-store.ts';

const DATA_ROOT = resolve(import.meta.dirname, '../.nightshift/postgres');
const RUN_BUNDLE = resolve(import.meta.dirname, 'run-bundle.ts');
const BUCKET = 'alexander-blobs';
const EVIDENCE = 'alexander-evidence';
const HALT = '/nightshift/alexander/halt';
const PASSWORD = 'not-a-secret-0123456789abcdef';
const OLD_HOURS = 500;
const DAY_MS = 86_400_000;

/** The default, and what keeps one core busy: a request through the SDK takes some 3 ms of CPU. */
const RATES = [
  { requestsPerSecond: 50, orphans: 600 },
  { requestsPerSecond: 200, orphans: 1_000 },
];

export async function benchQuarantine(): Promise<string[]> {
  const lines: string[] = [];
  for (const rate of RATES) lines.push(await measure(rate));
  return lines;
}

type Rate = (typeof RATES)[number];
type Ground = { postgres: Postgres; aws: StandIn; store: SlowStore; folder: string };

async function measure(rate: Rate): Promise<string> {
  const postgres = await startPostgres({ dataRoot: DATA_ROOT });
  const aws = await startStandIn();
  const folder = mkdtempSync(join(tmpdir(), 'nightshift-bench-'));
  const store = await openSlowStore(aws.endpoint, BUCKET);
  try {
    const ground = { postgres, aws, store, folder };
    await plant(ground, rate.orphans);
    const run = runnerOf(ground, rate);
    await run('mark');
    ageMarks(aws);
    store.cameAtMs.length = 0;
    await run('sweep');
    return lineOf(rate, store.cameAtMs);
  } finally {
    store.close();
    rmSync(folder, { recursive: true });
    await aws.stop();
    await postgres.stop();
  }
}

async function plant({ postgres, aws }: Ground, orphans: number): Promise<void> {
  const client = new pg.Client(postgres.admin);
  await client.connect();
  await client.query(BLOB_TABLES + rolesSql({ database: 'postgres', password: PASSWORD }));
  aws.createBucket(BUCKET, { versioned: true });
  aws.createBucket(EVIDENCE, { versioned: true });
  aws.setLifecycle(BUCKET, [{ id: 'quarantined', noncurrentDays: 14 }]);
  aws.putParameter(HALT, 'run');
  const old = { objectHours: OLD_HOURS, rowHours: OLD_HOURS };
  const blobs = Array.from({ length: orphans }, (_, n) => ({ content: `orphan ${n}`, ...old }));
  await plantBlobs({ aws, bucket: BUCKET, client }, [{ content: 'needed', ...old, references: 1 }, ...blobs]);
  await client.end();
}

function runnerOf({ postgres, aws, store, folder }: Ground, rate: Rate) {
  const settings = join(folder, 'settings.json');
  writeFileSync(settings, JSON.stringify(deploymentOf({ postgres, aws }, rate)));
  const { accessKeyId, secretAccessKey } = aws.credentialsFor('orphan-blob-gc enforce');
  const env = {
    AWS_ENDPOINT_URL: store.endpoint,
    AWS_REGION: aws.region,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    EVIDENCE_BUCKET: EVIDENCE,
    HALT_PARAMETER: HALT,
    NOTIFY_TOPIC_ARN: aws.createTopic('alexander-notify'),
    PAGE_TOPIC_ARN: aws.createTopic('alexander-page'),
  };
  const args = [RUN_BUNDLE, bundle('orphan-blob-gc'), settings];
  return (phase: 'mark' | 'sweep') =>
    sideBySide([{ name: phase, command: process.execPath, args: [...args, JSON.stringify({ phase })], env }], 1);
}

function deploymentOf({ postgres, aws }: Pick<Ground, 'postgres' | 'aws'>, { requestsPerSecond, orphans }: Rate) {
  const secretOf = (username: string) => {
    const login = { username, password: PASSWORD, host: 'localhost', port: postgres.port, dbname: 'postgres' };
    return { secretArn: aws.createSecret(`alexander/${username}`, JSON.stringify(login)) };
  };
  const severity = { word: 'SEV3', respondWithin: '1 day', topic: 'notify' };
  const settings = {
    ...BLOB_MAPPING,
    store: { bucket: BUCKET },
    database: { reader: secretOf(READER), actor: secretOf(ACTOR), caPem: postgres.caPem },
    quarantine: { kind: 'delete-marker' },
    writersCheckBeforeReuse: true,
    ownCollector: false,
    shards: 1,
    policy: { caps: { maxTargets: orphans, maxPercent: 100 }, requestsPerSecond },
  };
  const severities = { critical: severity, warning: severity, info: severity };
  return { system: 'Alexander', runbook: 'orphan-blob-gc', mode: 'enforce', severities, settings };
}

/** What was marked just now was marked eight days ago, longer than the grace. */
function ageMarks(aws: StandIn): void {
  const eightDaysAgo = `"markedAt":"${new Date(Date.now() - 8 * DAY_MS).toISOString()}"`;
  for (const { key, body } of aws.objects(EVIDENCE)) {
    if (!key.endsWith('.jsonl.gz')) continue;
    const lines = gunzipSync(body).toString();
    aws.putObject(EVIDENCE, key, gzipSync(lines.replaceAll(/"markedAt":"[^"]+"/g, eightDaysAgo)));
  }
}

function lineOf({ requestsPerSecond, orphans }: Rate, cameAtMs: number[]): string {
  const seconds = ((cameAtMs.at(-1) ?? 0) - (cameAtMs[0] ?? 0)) / 1000;
  const reached = cameAtMs.length / seconds / requestsPerSecond;
  return `  quarantining ${orphans} blobs: ${cameAtMs.length} requests in ${seconds.toFixed(1)} s, ${reached.toFixed(2)} of the ${requestsPerSecond} a second that settings allow (at least 0.9)`;
}
