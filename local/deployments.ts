/** What a deploy of the example system would write to each function's `settings.json`, at the addresses of this machine. */
import alexanderSystem from '../systems/alexander.ts';
import signxStudioSystem from '../systems/signx-studio.ts';
import { EXEMPT_KEY, EXEMPT_OWNER, TRACKING_SINCE_DAYS_AGO } from './alexander/planted-keys.ts';
import { DATABASE, type KeyShape } from './alexander/schema.ts';
import { DRILLED } from './backups/drilled.ts';
import type { Isolated } from './backups/isolated.ts';
import type { Listeners } from './listeners/listeners.ts';
import type { Postgres } from './postgres/server.ts';
import { OWNER, ROLE, type RotatedSecrets, USERS } from './rotation/plant.ts';

export type Deployed = {
  mode: 'report' | 'enforce';
  secrets: Record<
    'readerArn' | 'actorArn' | 'caArn' | 'bundleArn' | 'restoreArn' | 'blobsReaderArn' | 'blobsActorArn',
    string
  >;
  /** Absent where the estate was started without them. */
  rotation: RotatedSecrets | undefined;
  postgres: Postgres;
  shape: KeyShape;
  /** Absent where the estate was started without them. */
  listeners: Listeners | undefined;
  /** Absent where the estate was started without it. */
  isolated: (Isolated & { sourceIdentifier: string }) | undefined;
};

const DAY_MS = 86_400_000;
export const LIST_BUCKET = 'fleet-inventory';
export const LIST_KEY = 'endpoints.json';

/** By the deployment's name. */
const DEPLOYMENTS = {
  'backup-verification': verificationSettings,
  'inactive-key-audit': auditSettings,
  'certificate-check-private': privateSettings,
  'certificate-check-public': publicSettings,
  'orphan-blob-gc': blobSettings,
  'restore-drill': drillSettings,
  'credential-rotation-all': everySecret,
  'credential-rotation-postgres-user': jobsSettings,
  'credential-rotation-postgres-alternating': appSettings,
  watch: watchSettings,
};
export type DeploymentName = keyof typeof DEPLOYMENTS;

export function deploymentOf(runbook: DeploymentName, deployed: Deployed): Record<string, unknown> {
  const { name: system, severities } = alexanderSystem;
  return { system, runbook, mode: deployed.mode, severities, settings: DEPLOYMENTS[runbook](deployed) };
}

/** As the example has it, but for where dumps are restored. */
function verificationSettings({ secrets, isolated }: Deployed) {
  const { settings } = alexanderSystem.runbooks['backup-verification'];
  const { source } = settings.scratch;
  return {
    ...settings,
    scratch: {
      database: { reader: { secretArn: secrets.restoreArn }, caPem: isolated?.server.caPem },
      source: { ...source, systemIdentifier: isolated?.sourceIdentifier ?? source.systemIdentifier },
    },
  };
}

/** As SIGN X Studio has it, whose database is in RDS, of Alexander's tables. */
function drillSettings({ postgres }: Deployed) {
  const { settings } = signxStudioSystem.runbooks['restore-drill'];
  return {
    ...settings,
    source: { ...settings.source, instance: DRILLED },
    copy: { ...settings.copy, caPem: postgres.caPem },
    database: DATABASE,
    checks: { tables: [{ table: 'users' }, { table: 'access_keys' }] },
  };
}

/** As the example has it. Writers here promise what enforce mode needs. */
function blobSettings({ mode, secrets, postgres }: Deployed) {
  const { settings } = alexanderSystem.runbooks['orphan-blob-gc'];
  return {
    ...settings,
    database: {
      reader: { secretArn: secrets.blobsReaderArn },
      ...(mode === 'enforce' && { actor: { secretArn: secrets.blobsActorArn } }),
      caPem: postgres.caPem,
    },
    writersCheckBeforeReuse: mode === 'enforce',
  };
}

function everySecret({ rotation }: Deployed) {
  return {
    secrets: [
      { secretArn: rotation?.appArn, kind: 'postgres-alternating', maxAgeDays: 33 },
      { secretArn: rotation?.jobsArn, kind: 'postgres-user', maxAgeDays: 32 },
    ],
  };
}

const serverOf = ({ host, port, caPem }: Postgres) => ({ hosts: [host], port, caPem });

function jobsSettings({ rotation, postgres }: Deployed) {
  return { secrets: [{ secretArn: rotation?.jobsArn, server: serverOf(postgres), username: ROLE }] };
}

function appSettings({ rotation, postgres }: Deployed) {
  const admin = { secretArn: rotation?.rotatorArn };
  const secret = {
    secretArn: rotation?.appArn,
    maxAgeDays: 33,
    server: serverOf(postgres),
    users: USERS,
    owner: OWNER,
    admin,
  };
  return { secrets: [secret], overlapHours: 48 };
}

function auditSettings({ secrets, postgres, shape }: Deployed) {
  const audit = alexanderSystem.runbooks['inactive-key-audit'].settings;
  const trackingSince = new Date(Date.now() - TRACKING_SINCE_DAYS_AGO * DAY_MS).toISOString().slice(0, 10);
  return {
    ...audit,
    keys: shape === 'word' ? audit.keys : inOlderShape(audit.keys),
    database: {
      reader: { secretArn: secrets.readerArn },
      actor: { secretArn: secrets.actorArn },
      caPem: postgres.caPem,
    },
    policy: { ...audit.policy, trackingSince, exemptKeys: [EXEMPT_KEY], exemptOwners: [EXEMPT_OWNER] },
  };
}

/** As the example's own comment tells a user of the older schema to write it. */
function inOlderShape({
  expiresAt: _unknown,
  ...keys
}: (typeof alexanderSystem.runbooks)['inactive-key-audit']['settings']['keys']) {
  return { ...keys, status: { kind: 'boolean', column: 'is_active' } };
}

/** An endpoint of the list in S3 is one like those in the settings. */
export function listedEndpoints({ port }: Pick<Postgres, 'port'>): object[] {
  return [{ host: 'localhost', port, protocol: 'postgres', trust: 'database' }];
}

const HERE = { timeoutMs: 2_000, allowedPrivateRanges: ['127.0.0.0/8', '::1/128'], addressFamilies: ['ipv4', 'ipv6'] };

/** Every planted listener; from the list in S3, the estate's own database; what ACM has issued and RDS will need. */
function privateSettings({ listeners, secrets }: Deployed) {
  return {
    ...HERE,
    placement: 'private',
    endpoints: endpointsOf(listeners),
    endpointList: { bucket: LIST_BUCKET, key: LIST_KEY },
    trust: {
      ...(listeners && { listeners: { pem: listeners.trustPem } }),
      database: { secretArn: secrets.caArn },
    },
    acm: { regions: ['eu-central-1'] },
    rds: { regions: ['eu-central-1'], trustBundle: { secretArn: secrets.bundleArn } },
  };
}

/** What the internet would see: here, the listeners that are in order. */
function publicSettings({ listeners }: Deployed) {
  const trust = listeners ? { listeners: { pem: listeners.trustPem } } : {};
  return { ...HERE, placement: 'public', endpoints: endpointsOf(listeners, /^good/), trust };
}

function endpointsOf(listeners: Listeners | undefined, plants = /./) {
  const planted = (listeners?.listeners ?? []).filter(({ plant }) => plants.test(plant));
  return planted.map(({ host, port, protocol, serverName }) => ({
    host,
    port,
    protocol,
    serverName,
    trust: 'listeners',
  }));
}

function watchSettings() {
  return {
    watched: [
      { runbook: 'inactive-key-audit', everyHours: 168 },
      { runbook: 'certificate-check-private', everyHours: 24 },
      { runbook: 'backup-verification', everyHours: 24 },
      { runbook: 'restore-drill', everyHours: 2_208 },
      { runbook: 'orphan-blob-gc', everyHours: 168 },
      { runbook: 'credential-rotation-postgres-user', everyHours: 24 },
      { runbook: 'credential-rotation-postgres-alternating', everyHours: 24 },
    ],
  };
}
