/** An AWS account for the trials, and one function deployed in it: only the stand-in, because no trial needs a database. */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Context } from 'aws-lambda';
import { vi } from 'vitest';
import { type StandIn, startStandIn } from '../../local/aws/stand-in.ts';

export const BUCKET = 'trial-evidence';
const HALT_PARAMETER = '/nightshift/trial/halt';

const severity = { word: 'P4', respondWithin: '1 day', topic: 'notify' };

export type Account = {
  aws: StandIn;
  /** Writes `settings.json` as a deploy would. */
  deploy(runbook: string, mode: 'report' | 'enforce', settings?: object): void;
  /** What is left in the evidence bucket, as text by key. */
  left(): Map<string, string>;
  close(): Promise<void>;
};

/** Sets this process's environment to that of the function, for as long as the account is open. */
export async function openAccount(): Promise<Account> {
  const aws = await startStandIn();
  const folder = mkdtempSync(join(tmpdir(), 'nightshift-trial-'));
  aws.createBucket(BUCKET, { versioned: true });
  aws.putParameter(HALT_PARAMETER, 'run');
  const environment = { ...environmentOf(aws), LAMBDA_TASK_ROOT: folder };
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  return {
    aws,
    deploy: (runbook, mode, settings = {}) => {
      const severities = { info: severity, warning: severity, critical: severity };
      const deployment = { system: 'Trial', runbook, mode, severities, settings };
      writeFileSync(join(folder, 'settings.json'), JSON.stringify(deployment));
    },
    left: () => new Map(aws.objects(BUCKET).map(({ key, body }) => [key, body.toString('utf8')])),
    close: async () => {
      vi.unstubAllEnvs();
      rmSync(folder, { recursive: true });
      await aws.stop();
    },
  };
}

function environmentOf(aws: StandIn): Record<string, string> {
  const { accessKeyId, secretAccessKey } = aws.credentialsFor('trial');
  return {
    AWS_ENDPOINT_URL: aws.endpoint,
    AWS_REGION: aws.region,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    EVIDENCE_BUCKET: BUCKET,
    HALT_PARAMETER,
    NOTIFY_TOPIC_ARN: aws.createTopic('trial-notify'),
    PAGE_TOPIC_ARN: aws.createTopic('trial-page'),
  };
}

/** Lambda's context of one invocation that has a minute. */
export function newContext(): Context {
  return { awsRequestId: randomUUID(), getRemainingTimeInMillis: () => 60_000 } as Context;
}
