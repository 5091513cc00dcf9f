/** One function that rotates secrets, as it is deployed, and Secrets Manager as it calls it. */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Context } from 'aws-lambda';
import pg from 'pg';
import type { Report } from '../../../functions/runtime/report.ts';
import type { StandIn } from '../../../local/aws/stand-in.ts';
import type { Estate } from '../../../local/estate.ts';
import alexander from '../../../systems/alexander.ts';

type Handler = (event: unknown, context: Context) => Promise<Report>;

export const STEPS = ['createSecret', 'setSecret', 'testSecret', 'finishSecret'] as const;
export type StepName = (typeof STEPS)[number];

/** The deployment's name is `credential-rotation-<kind>`. */
export type Rotated = { kind: string; handler: Handler; settings: object };

export type Asked = {
  mode?: 'report' | 'enforce';
  event?: unknown;
  remainingMs?: () => number;
  environment?: Record<string, string>;
  /** Who it is in the request log, where its role is not that of its mode. */
  caller?: string;
};

/** What a deploy writes to `settings.json`. */
export function deploymentOf({ kind, settings }: Omit<Rotated, 'handler'>, mode: 'report' | 'enforce') {
  const { name: system, severities } = alexander;
  return { system, runbook: `credential-rotation-${kind}`, mode, severities, settings };
}

/** The report, however the run ended: a step that must not be taken for done rejects with it. `threw` tells which. */
export async function call(estate: Estate, rotated: Rotated, asked: Asked = {}): Promise<Report & { threw: boolean }> {
  const { mode = 'enforce', event = {}, remainingMs = () => 120_000 } = asked;
  const folder = mkdtempSync(join(tmpdir(), 'nightshift-test-'));
  const deployment = deploymentOf(rotated, mode);
  writeFileSync(join(folder, 'settings.json'), JSON.stringify(deployment));
  const environment = estate.environmentOf(asked.caller ?? `${deployment.runbook} ${mode}`);
  Object.assign(process.env, environment, asked.environment, { LAMBDA_TASK_ROOT: folder });
  const context = { awsRequestId: randomUUID(), getRemainingTimeInMillis: remainingMs } as Context;
  try {
    return { ...(await rotated.handler(event, context)), threw: false };
  } catch (error) {
    if (error instanceof Error && error.name === 'RunEndedBadlyError')
      return { ...(error as Error & { report: Report }).report, threw: true };
    throw error;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A new version without a value, as RotateSecret makes it before it calls anybody. */
export function beginRotation(aws: StandIn, secretArn: string, token: string = randomUUID()): string {
  aws.beginRotation(secretArn, token);
  return token;
}

export function stepEvent(secretArn: string, Step: StepName, token: string) {
  return { Step, SecretId: secretArn, ClientRequestToken: token, RotationToken: `proof-of-${token}` };
}

/** The four steps, until one fails, as Secrets Manager takes them. */
export async function rotate(
  estate: Estate,
  rotated: Rotated,
  { secretArn, token = beginRotation(estate.aws, secretArn), until = 'finishSecret', ...asked }: Rotation,
): Promise<(Report & { threw: boolean })[]> {
  const reports: (Report & { threw: boolean })[] = [];
  for (const step of STEPS) {
    const report = await call(estate, rotated, { ...asked, event: stepEvent(secretArn, step, token) });
    reports.push(report);
    if (report.threw || step === until) break;
  }
  return reports;
}

export type Rotation = Omit<Asked, 'event'> & { secretArn: string; token?: string; until?: StepName };

/** The value that has this label; undefined where no version has it. */
export function labelled(aws: StandIn, secretArn: string, label: string): Record<string, string> | undefined {
  const value = aws.secretVersions(secretArn).find(({ stages }) => stages.includes(label))?.value;
  return value === undefined ? undefined : JSON.parse(value);
}

/** Every value that the secret has ever had and that has a label. */
export function stored(aws: StandIn, secretArn: string): Record<string, string>[] {
  const versions = aws
    .secretVersions(secretArn)
    .filter(({ stages, value }) => stages.length > 0 && value !== undefined);
  return versions.map(({ value = '' }) => JSON.parse(value));
}

/** Whether a client of the database's own, which knows nothing of us, gets in. */
export async function logsIn(estate: Estate, secret: Record<string, string>, dbname = 'alexander'): Promise<boolean> {
  const { host, port, caPem } = estate.postgres;
  const client = new pg.Client({
    host,
    port,
    user: secret.username,
    password: secret.password,
    database: dbname,
    ssl: { ca: caPem, host } as object,
  });
  try {
    await client.connect();
    return true;
  } catch (error) {
    if ((error as { code?: string }).code === '28P01') return false;
    throw error;
  } finally {
    await client.end().catch(() => {});
  }
}

/** Does something as the owner of the database, who is an administrator here. */
export async function asOwner<Row extends pg.QueryResultRow>(estate: Estate, sql: string): Promise<Row[]> {
  const client = new pg.Client(estate.alexander.owner);
  await client.connect();
  try {
    const answers = (await client.query<Row>(sql)) as pg.QueryResult<Row> | pg.QueryResult<Row>[];
    return (Array.isArray(answers) ? answers.at(-1)?.rows : answers.rows) ?? [];
  } finally {
    await client.end();
  }
}

const OVERLAP_MS = 25 * 3_600_000;

/** In what is remembered of the switch, because a thread’s requests are signed by this machine’s clock. */
export function endOverlap(aws: StandIn): void {
  const notes = aws.objects('alexander-evidence').find(({ key }) => key.endsWith('/notes.json'));
  if (notes === undefined) throw new Error('nothing was noted of the switch');
  const noted = JSON.parse(notes.body.toString());
  noted.switched.at = new Date(Date.now() - OVERLAP_MS).toISOString();
  aws.putObject('alexander-evidence', notes.key, JSON.stringify(noted));
}
