import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Report } from '../../functions/runtime/report.ts';
import { type StandIn, startStandIn } from '../../local/aws/stand-in.ts';

const INVOKE = resolve(import.meta.dirname, '../../bin/invoke.ts');
const BUCKET = 'alexander-evidence';
const STATE = 'state/restore-drill/run.json';

let aws: StandIn;
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'nightshift-test-'));
});
afterAll(() => rmSync(folder, { recursive: true }));
beforeEach(async () => {
  aws = await startStandIn();
  aws.createBucket(BUCKET, { versioned: true });
  aws.putParameter('/halt', 'run');
  aws.createDbInstance({
    identifier: 'apex-db',
    engine: 'postgres',
    caIdentifier: 'rds-ca-rsa2048-g1',
    serverCertificateValidTill: new Date('2030-01-01T00:00:00Z'),
    endpoint: { host: 'apex-db.internal', port: 5432 },
    latestRestorableTime: new Date(),
  });
  // For ever: whoever waits for the copy is to be interrupted.
  aws.planRestores({
    statuses: ['creating'],
    endpoint: { host: 'localhost', port: 1 },
    looksUntilPassword: 0,
    setPassword: async () => {},
  });
});
afterEach(() => aws.stop());

const severity = { word: 'P0', respondWithin: '1 day', topic: 'page' };

function settingsFile(runbook: string, settings: object): string {
  const path = join(folder, `${runbook}.json`);
  const severities = { critical: severity, warning: severity, info: severity };
  writeFileSync(path, JSON.stringify({ system: 'Alexander', runbook, mode: 'report', severities, settings }));
  return path;
}

const drillOf = (instance: string) =>
  settingsFile('restore-drill', {
    source: { instance, restore: 'latest-restorable-time' },
    copy: {
      instanceClass: 'db.t4g.medium',
      subnetGroup: 'isolated',
      parameterGroup: 'apex-postgres18',
      optionGroup: 'default:postgres-18',
    },
    database: 'apex',
    checks: { tables: [{ table: 'orders' }] },
    objectives: { rtoMinutes: 240, rpoMinutes: 15 },
  });

function invoke(runbook: string, settings: string): ChildProcess {
  const { accessKeyId, secretAccessKey } = aws.credentialsFor('a person');
  return spawn(process.execPath, [INVOKE, runbook, '--settings', settings], {
    env: {
      PATH: process.env.PATH,
      TMPDIR: folder,
      AWS_ENDPOINT_URL: aws.endpoint,
      AWS_REGION: aws.region,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      EVIDENCE_BUCKET: BUCKET,
      HALT_PARAMETER: '/halt',
      NOTIFY_TOPIC_ARN: aws.createTopic('notify'),
      PAGE_TOPIC_ARN: aws.createTopic('page'),
      SCRATCH_SECURITY_GROUP_ID: 'sg-0drill0drill0dri',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

async function ended(child: ChildProcess): Promise<{ code: number; stdout: string; stderr: string }> {
  const texts = [child.stdout, child.stderr].map((stream) => stream?.setEncoding('utf8').toArray());
  const [code] = await once(child, 'exit');
  const [stdout = '', stderr = ''] = (await Promise.all(texts)).map((parts) => parts?.join(''));
  return { code, stdout, stderr };
}

type State = { holder?: { runId: string; requestId: string; until: string }; unfinished: object[] };

function stateIn(key = STATE): State | undefined {
  const object = aws.objects(BUCKET).find((one) => one.key === key);
  return object && (JSON.parse(object.body.toString()) as State);
}

async function until(isSo: () => boolean): Promise<void> {
  for (let tries = 0; !isSo(); tries += 1) {
    if (tries === 600) throw new Error('it never came to that');
    await sleep(50);
  }
}

const isWaiting = () => aws.dbInstances().some(({ status }) => status === 'creating');
const tasks = () => readdirSync(folder).filter((name) => name.startsWith('nightshift-task-'));

describe('npm run invoke', { timeout: 60_000 }, () => {
  it('of a drill says what it is at, and ends a refused one in its report', async () => {
    const { code, stdout, stderr } = await ended(invoke('restore-drill', drillOf('apex-bd')));
    expect(code).toBe(1);
    const report = JSON.parse(stdout) as Report;
    expect([report.verdict, report.because]).toEqual(['refused', expect.stringContaining('no instance apex-bd')]);
    expect(stderr).toContain('"message":"choose what to restore"');
    expect(stderr).not.toMatch(/again in 30 seconds|\n\s+at /);
    expect(tasks()).toEqual([]);
  });

  it.each([
    'SIGINT',
    'SIGTERM',
  ] as const)('F03 that is ended by %s leaves no folder, and its lease is over', async (signal) => {
    const child = invoke('restore-drill', drillOf('apex-db'));
    const end = ended(child);
    await until(isWaiting);
    const before = stateIn()?.holder;
    expect(tasks()).toHaveLength(1);
    child.kill(signal);
    const { code, stdout, stderr } = await end;
    expect([code, stdout, tasks()]).toEqual([signal === 'SIGINT' ? 130 : 143, '', []]);
    const after = stateIn()?.holder;
    expect(after?.runId).toBe(before?.runId);
    expect(Date.parse(after?.until ?? '')).toBeLessThan(aws.clock.now().getTime() + 6_000);
    expect(Date.parse(before?.until ?? '')).toBeGreaterThan(aws.clock.now().getTime() + 3_600_000);
    expect(stderr).toContain(`its lease ends at ${after?.until}`);
  });

  it('F14 that is ended while it changes things keeps its lease, and says who has it and how to clear it', async () => {
    const child = invoke('restore-drill', drillOf('apex-db'));
    const end = ended(child);
    await until(isWaiting);
    const state = stateIn();
    const { runId = '', until: holds = '' } = state?.holder ?? {};
    const changing = JSON.stringify({ ...state, unfinished: [{ runId, planKey: 'plan.jsonl' }] });
    aws.putObject(BUCKET, STATE, changing);
    child.kill('SIGINT');
    const { code, stderr } = await end;
    expect([code, tasks(), JSON.stringify(stateIn())]).toEqual([130, [], changing]);
    expect(stderr).toContain(`Run ${runId} is ended while it was changing things. It holds the lease until ${holds}`);
    expect(stderr).toContain(`aws s3 cp s3://${BUCKET}/${STATE} - | jq 'del(.holder)'`);
  });

  it('that is ended leaves alone the lease that another run has taken', async () => {
    const child = invoke('restore-drill', drillOf('apex-db'));
    const end = ended(child);
    await until(isWaiting);
    const anothers = JSON.stringify({
      holder: { ...stateIn()?.holder, requestId: 'another' },
      unfinished: [],
      spent: [],
    });
    aws.putObject(BUCKET, STATE, anothers);
    child.kill('SIGINT');
    expect((await end).stderr).toContain(`holds no lease in s3://${BUCKET}/${STATE}`);
    expect(JSON.stringify(stateIn())).toBe(anothers);
  });

  it('of a runbook that is no durable one gives its lease back just so', async () => {
    const held = Promise.withResolvers<void>();
    const reached = Promise.withResolvers<void>();
    const key = 'state/watch/run.json';
    aws.faults.hold({ call: 3, when: 'before' }, () => {
      reached.resolve();
      return held.promise;
    });
    const child = invoke('watch', settingsFile('watch', { watched: [{ runbook: 'restore-drill', everyHours: 24 }] }));
    const end = ended(child);
    await reached.promise;
    expect(tasks()).toHaveLength(1);
    child.kill('SIGINT');
    const { code, stderr } = await end;
    held.resolve();
    expect([code, tasks()]).toEqual([130, []]);
    expect(stderr).toContain(`its lease ends at ${stateIn(key)?.holder?.until}`);
  });
});
