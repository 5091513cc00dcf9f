/** One synthesized system as IAM sees it: each function's role, and the policies of what they talk to. */
import type { System } from '../../lib/system.ts';
import type { Synthesized } from '../lib/synthesized.ts';
import { arnsOf } from './local-names.ts';
import type { KeyOf } from './needs.ts';
import { type Role, readRole } from './role.ts';
import { type Document, type Template, templateOf } from './template.ts';

export type Deployment = {
  name: string;
  roles: Role[];
  keyOf: KeyOf;
  /** The ARN here of what the local estate calls so. @throws Error for what this deployment does not have */
  arnOf(localArn: string): string;
  /** The policy of a bucket of this stack (asked for it or for an object in it), of a topic, or of a customer key. */
  resourcePolicyOf(arn: string): Document | undefined;
};

type Caller = { caller: string; construct: string };

/** The functions of a deployment: who they are in the request log, and what the ids of their constructs begin with. */
function functionsOf({ runbooks }: System): Caller[] {
  const audit = runbooks['inactive-key-audit'];
  const drill = runbooks['restore-drill'];
  const verification = runbooks['backup-verification'];
  const gc = runbooks['orphan-blob-gc'];
  const placements = Object.keys(runbooks['certificate-check'] ?? {});
  return [
    ...(audit ? [{ caller: `inactive-key-audit ${audit.mode ?? 'report'}`, construct: 'InactiveKeyAudit' }] : []),
    // They change nothing, so they are in report mode wherever they are.
    ...placements.map((placement) => {
      return { caller: `certificate-check-${placement} report`, construct: `CertificateCheck${placement}` };
    }),
    ...(verification ? [{ caller: verifierOf(verification), construct: 'BackupVerification' }] : []),
    ...(gc ? [{ caller: collectorOf(gc), construct: 'OrphanBlobGcRunbook' }] : []),
    ...(gc?.coordinator ? [{ caller: 'orphan-blob-gc coordinator', construct: 'OrphanBlobGcCoordinator' }] : []),
    // Either way of restoring needs permissions of its own.
    ...(drill ? [{ caller: `restore-drill ${drill.settings.source.restore}`, construct: 'RestoreDrill' }] : []),
    ...rotatorsOf(runbooks['credential-rotation']),
    { caller: 'watch report', construct: 'Watch' },
    { caller: 'on-deploy', construct: 'DeployHook' },
  ];
}

type Verification = NonNullable<System['runbooks']['backup-verification']>;

/** Its role is as wide as the kinds of its sources are many. */
function verifierOf({ settings: { sources } }: Verification): string {
  return `backup-verification ${sources.some(({ kind }) => kind === 'rds-snapshot') ? 'of every kind' : 'report'}`;
}

type Rotation = NonNullable<System['runbooks']['credential-rotation']>;

/** A function for each kind of credential, and one for all of them. */
function rotatorsOf(rotation: Rotation | undefined): Caller[] {
  if (rotation === undefined) return [];
  const { mode = 'report', kinds } = rotation;
  return [...Object.keys(kinds), 'all'].map((kind) => ({
    caller: `credential-rotation-${kind} ${mode}`,
    construct: `CredentialRotation${kind.replaceAll('-', '')}`,
  }));
}

type Collector = NonNullable<System['runbooks']['orphan-blob-gc']>;

/** Either kind of quarantine needs permissions of its own. */
function collectorOf({ mode = 'report', settings }: Collector): string {
  return `orphan-blob-gc ${mode === 'enforce' && settings.quarantine.kind === 'prefix' ? 'copying' : mode}`;
}

export function deploymentOf(name: string, system: System, synth: Synthesized): Deployment {
  const template = templateOf(synth);
  const keys = customerKeys(system);
  return {
    name,
    roles: functionsOf(system).map((one) => readRole(one, synth, template)),
    keyOf: (arn) => keys.get(arn) ?? keys.get(bucketOf(arn)),
    arnOf: arnsOf(system, template),
    resourcePolicyOf: resourcePolicies(template, [...keys.values()]),
  };
}

/** A bucket of backups has one customer key for all that is in it. */
function bucketOf(arn: string): string {
  return arn.startsWith('arn:aws:s3:::') ? arn.replace(/\/.*$/, '') : arn;
}

type Keyed = { secretArn?: string | undefined; topicArn?: string | undefined; kmsKeyArn?: string | undefined };

function customerKeys({ topics, runbooks }: System): Map<string, string> {
  const { reader, actor } = runbooks['inactive-key-audit']?.settings.database ?? {};
  const { trust = {}, endpointList } = runbooks['certificate-check']?.private?.settings ?? {};
  const encrypted: (Keyed | undefined)[] = [
    reader,
    actor,
    topics.page,
    topics.notify,
    ...(Object.values(trust) as Keyed[]),
  ];
  const { 'access-key-table': table, 'postgres-alternating': pair } = runbooks['credential-rotation']?.kinds ?? {};
  encrypted.push(
    ...Object.values(runbooks['credential-rotation']?.kinds ?? {}).flatMap(
      (kind) => (kind?.settings.secrets ?? []) as Keyed[],
    ),
    ...(table ? [table.settings.database.reader, table.settings.database.actor, table.settings.masterKey] : []),
    ...(pair?.settings.secrets ?? []).map(({ admin }) => admin),
  );
  const source = runbooks['restore-drill']?.settings.source;
  const restored = source && [`arn:aws:rds:eu-central-1:111122223333:db:${source.instance}`, source.kmsKeyArn];
  const all = encrypted.map((one) => [one?.secretArn ?? one?.topicArn, one?.kmsKeyArn]);
  const stores = (runbooks['backup-verification']?.settings.sources ?? []).flatMap((source) =>
    'store' in source ? [[`arn:aws:s3:::${source.store.bucket}`, source.store.kmsKeyArn]] : [],
  );
  const list = endpointList && [`arn:aws:s3:::${endpointList.bucket}/${endpointList.key}`, endpointList.kmsKeyArn];
  return new Map(
    [...all, ...stores, ...(list ? [list] : []), ...(restored ? [restored] : [])].flatMap(([arn, key]) =>
      arn && key ? [[arn, key] as const] : [],
    ),
  );
}

/** The key policy that AWS writes by default: it leaves the matter to the policies of the account's roles. */
const KEY_POLICY: Document = {
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Principal: { AWS: 'arn:aws:iam::111122223333:root' }, Action: 'kms:*', Resource: '*' },
  ],
};

function resourcePolicies(template: Template, keys: string[]): Deployment['resourcePolicyOf'] {
  const buckets = template
    .all('AWS::S3::BucketPolicy')
    .map(({ Bucket, PolicyDocument }) => [`arn:aws:s3:::${Bucket}`, PolicyDocument as Document] as const);
  const topics = template
    .all('AWS::SNS::TopicPolicy')
    .flatMap(({ Topics, PolicyDocument }) =>
      (Topics as string[]).map((topic) => [topic, PolicyDocument as Document] as const),
    );
  const policies = new Map([...buckets, ...topics, ...keys.map((key) => [key, KEY_POLICY] as const)]);
  return (arn) => policies.get(bucketOf(arn));
}
