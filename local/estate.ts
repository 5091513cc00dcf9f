/** A whole operated system on one machine: Alexander's database with planted faults, and the AWS account that it runs in. */
import { resolve } from 'node:path';
import pg from 'pg';
import alexanderSystem from '../systems/alexander.ts';
import { type Alexander, buildAlexander } from './alexander/alexander.ts';
import { plantKeys } from './alexander/plant.ts';
import { EXEMPT_KEY, EXEMPT_OWNER, type PlantedKey, TRACKING_SINCE_DAYS_AGO } from './alexander/planted-keys.ts';
import type { KeyShape } from './alexander/schema.ts';
import { type StandIn, startStandIn } from './aws/stand-in.ts';
import { type Postgres, startPostgres } from './postgres/server.ts';

export type Estate = {
  postgres: Postgres;
  alexander: Alexander;
  aws: StandIn;
  planted: PlantedKey[];
  /** What a deploy would write to `settings.json` of the named runbook. */
  settingsOf(runbook: 'inactive-key-audit' | 'watch', mode?: 'report' | 'enforce'): Record<string, unknown>;
  /** The environment of one deployed function, with credentials of its own. */
  environmentOf(runbook: string): Record<string, string>;
  stop(): Promise<void>;
};

const DATA_ROOT = resolve(import.meta.dirname, '../.nightshift/postgres');
const BUCKET = 'alexander-evidence';
const HALT_PARAMETER = '/nightshift/alexander/halt';
const DAY_MS = 86_400_000;

type Options = {
  /** Which of the two shapes that Alexander's key table has had. */
  shape?: KeyShape;
  /** Where a proxy stands before the server, the address that goes into the secrets. */
  through?: (postgres: Postgres) => Promise<{ host: string; port: number }>;
  serverSettings?: Record<string, string>;
};

export async function startEstate({ shape = 'word', through, serverSettings = {} }: Options = {}): Promise<Estate> {
  const postgres = await startPostgres({ dataRoot: DATA_ROOT, settings: serverSettings });
  try {
    const at = (await through?.(postgres)) ?? postgres;
    const alexander = await buildAlexander({ server: postgres, shape, at });
    const planted = await plant(alexander);
    const aws = await startStandIn();
    const account = furnish(aws, alexander);
    return {
      postgres,
      alexander,
      aws,
      planted,
      settingsOf: (runbook, mode = 'report') => settingsOf({ runbook, mode, account, postgres, shape }),
      environmentOf: (runbook) => environmentOf(aws, account, runbook),
      stop: async () => {
        await Promise.all([aws.stop(), postgres.stop()]);
      },
    };
  } catch (error) {
    await postgres.stop();
    throw error;
  }
}

async function plant({ owner, shape }: Alexander): Promise<PlantedKey[]> {
  const client = new pg.Client(owner);
  await client.connect();
  try {
    return await plantKeys(client, shape);
  } finally {
    await client.end();
  }
}

type Account = { readerArn: string; actorArn: string; notifyArn: string; pageArn: string };

function furnish(aws: StandIn, { secrets }: Alexander): Account {
  aws.createBucket(BUCKET, { versioned: true });
  aws.putParameter(HALT_PARAMETER, 'run');
  const account = {
    readerArn: aws.createSecret('alexander/nightshift-reader', JSON.stringify(secrets.reader)),
    actorArn: aws.createSecret('alexander/nightshift-actor', JSON.stringify(secrets.actor)),
    notifyArn: aws.createTopic('alexander-notify'),
    pageArn: aws.createTopic('alexander-page'),
  };
  aws.subscribe(account.notifyArn, { protocol: 'email', endpoint: 'team@example.com', confirmed: true });
  aws.subscribe(account.pageArn, { protocol: 'email', endpoint: 'oncall@example.com', confirmed: true });
  return account;
}

type Deployed = {
  runbook: 'inactive-key-audit' | 'watch';
  mode: 'report' | 'enforce';
  account: Account;
  postgres: Postgres;
  shape: KeyShape;
};

/** The example system's own settings, at the addresses of this machine. */
function settingsOf({ runbook, mode, account, postgres, shape }: Deployed): Record<string, unknown> {
  const house = { system: alexanderSystem.name, runbook, mode, severities: alexanderSystem.severities };
  const audit = alexanderSystem.runbooks['inactive-key-audit'].settings;
  if (runbook === 'watch')
    return { ...house, settings: { watched: [{ runbook: 'inactive-key-audit', everyHours: 168 }] } };
  const trackingSince = new Date(Date.now() - TRACKING_SINCE_DAYS_AGO * DAY_MS).toISOString().slice(0, 10);
  return {
    ...house,
    settings: {
      ...audit,
      keys: shape === 'word' ? audit.keys : inOlderShape(audit.keys),
      database: {
        reader: { secretArn: account.readerArn },
        actor: { secretArn: account.actorArn },
        caPem: postgres.caPem,
      },
      policy: { ...audit.policy, trackingSince, exemptKeys: [EXEMPT_KEY], exemptOwners: [EXEMPT_OWNER] },
    },
  };
}

/** As the example's own comment tells a user of the older schema to write it. */
function inOlderShape({
  expiresAt: _unknown,
  ...keys
}: (typeof alexanderSystem.runbooks)['inactive-key-audit']['settings']['keys']) {
  return { ...keys, status: { kind: 'boolean', column: 'is_active' } };
}

function environmentOf(aws: StandIn, { notifyArn, pageArn }: Account, runbook: string): Record<string, string> {
  const { accessKeyId, secretAccessKey } = aws.credentialsFor(runbook);
  return {
    AWS_ENDPOINT_URL: aws.endpoint,
    AWS_REGION: aws.region,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    EVIDENCE_BUCKET: BUCKET,
    HALT_PARAMETER,
    NOTIFY_TOPIC_ARN: notifyArn,
    PAGE_TOPIC_ARN: pageArn,
  };
}
