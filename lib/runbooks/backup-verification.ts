/** Proves each night that the backups restore, and says how much would be lost. */
import { ArnFormat, Duration, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import * as contract from '../../functions/backup-verification/contract.ts';
import type { ObjectStore } from '../../functions/object-store/contract.ts';
import { DatabaseAccess } from '../database-access.ts';
import { RunbookFunction } from '../runbook-function.ts';
import { longestGapHours } from '../schedule.ts';
import type { Shared } from '../shared.ts';
import type { CheckedSystem } from '../system.ts';

type Verification = NonNullable<CheckedSystem['runbooks']['backup-verification']>;
type Props = { shared: Shared; verification: Verification };

export class BackupVerification extends Construct {
  constructor(scope: Construct, id: string, { shared, verification }: Props) {
    super(scope, id);
    const { settings, schedule, scratchDatabase } = verification;

    const runbook = new RunbookFunction(this, 'Runbook', {
      shared,
      name: 'backup-verification',
      contract,
      settings,
      mode: 'report',
      timeout: Duration.minutes(15),
      failureImpact: 'nobody knows whether the backups restore',
      network: scratchDatabase ? 'vpc' : 'none',
    });

    if (scratchDatabase) new DatabaseAccess(this, 'ScratchDatabase', scratchDatabase).letsIn(runbook);
    if (settings.scratch) runbook.mayRead(settings.scratch.database.reader, 'logs in to the isolated PostgreSQL');
    for (const store of storesOf(settings)) mayReadStore(runbook, store);
    mayReadSnapshots(runbook, settings);

    const everyHours = verification.everyHours ?? longestGapHours(schedule) ?? Number.NaN;
    runbook.runsOn('Nightly', { schedule, everyHours }, {});
  }
}

type Settings = Verification['settings'];
type Kept = { store: ObjectStore; prefix: string; hasRules: boolean; hasVersions?: boolean };

/** Every place that objects are read from, by what is read there. */
function storesOf({ sources }: Settings): Kept[] {
  return sources.flatMap((source): Kept[] => {
    switch (source.kind) {
      case 'dump':
        return [
          {
            store: source.store,
            prefix: source.key ?? source.prefix ?? '',
            hasRules: source.schedule.lifecycleRule,
            // One key that is written again and again: its former versions are the backups before.
            hasVersions: source.key !== undefined,
          },
        ];
      case 'base':
        return [{ ...source, hasRules: source.schedule.lifecycleRule }];
      case 'wal':
        return [{ ...source, hasRules: source.lifecycleRule }];
      case 'files':
        return [
          { ...source, hasRules: source.schedule.lifecycleRule },
          ...[...(source.of ? [source.of] : []), ...source.copies].map((other) => ({ ...other, hasRules: false })),
        ];
      default:
        return [];
    }
  });
}

/** A store that is not AWS's knows no role: there, a secret is what lets us in. */
function mayReadStore(runbook: RunbookFunction, { store, prefix, hasRules, hasVersions = false }: Kept): void {
  if (store.credentials) runbook.mayRead(store.credentials, `reads ${store.bucket} with credentials of its own`);
  if (store.endpoint) {
    reachStore(runbook, store.endpoint);
    return;
  }
  const bucket = Stack.of(runbook).formatArn({ service: 's3', region: '', account: '', resource: store.bucket });
  runbook.may(
    ['s3:GetObject', 's3:GetObjectVersion'],
    [`${bucket}/${prefix}*`],
    'reads backups, whatever they are called',
  );
  runbook.may(
    [
      's3:ListBucket',
      ...(hasVersions ? ['s3:ListBucketVersions'] : []),
      ...(hasRules ? ['s3:GetLifecycleConfiguration', 's3:GetBucketVersioning'] : []),
    ],
    [bucket],
    'looks which backups there are, and what erases them',
  );
  if (store.kmsKeyArn) runbook.function.permissions.mayUseKey(['kms:Decrypt'], store.kmsKeyArn, 's3');
}

function reachStore({ securityGroup }: RunbookFunction, endpoint: string): void {
  const { port, protocol } = new URL(endpoint);
  const number = Number(port || (protocol === 'https:' ? 443 : 80));
  if (number !== 443) securityGroup?.addEgressRule(ec2.Peer.anyIpv4(), ec2.Port.tcp(number), 'a store of backups');
}

function mayReadSnapshots(runbook: RunbookFunction, { sources }: Settings): void {
  for (const source of sources) {
    if (source.kind === 'rds-snapshot') mayReadRds(runbook, source);
    if (source.kind === 'cache-snapshot') mayReadCache(runbook, source);
  }
}

function mayReadRds(
  runbook: RunbookFunction,
  { region, identifier, of }: { region: string; identifier: string; of: 'instance' | 'cluster' },
): void {
  const arn = (resource: string, resourceName: string) =>
    Stack.of(runbook).formatArn({
      service: 'rds',
      region,
      resource,
      resourceName,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
  const [describes, snapshots, owner, kept] =
    of === 'instance'
      ? ['rds:DescribeDBInstances', 'rds:DescribeDBSnapshots', 'db', 'snapshot']
      : ['rds:DescribeDBClusters', 'rds:DescribeDBClusterSnapshots', 'cluster', 'cluster-snapshot'];
  runbook.may([describes], [arn(owner, identifier)], 'asks how long its snapshots are kept');
  runbook.may(
    [snapshots],
    [arn(owner, identifier), arn(kept, '*')],
    'looks at its snapshots, whatever they are called',
  );
}

function mayReadCache(
  runbook: RunbookFunction,
  { region, replicationGroupId }: { region: string; replicationGroupId: string },
): void {
  const arn = (resource: string, resourceName: string) =>
    Stack.of(runbook).formatArn({
      service: 'elasticache',
      region,
      resource,
      resourceName,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
  const group = arn('replicationgroup', replicationGroupId);
  runbook.may(['elasticache:DescribeReplicationGroups'], [group], 'asks which nodes it has');
  // IAM knows this one for snapshots only, whichever group is asked for.
  runbook.may(
    ['elasticache:DescribeSnapshots'],
    [arn('snapshot', '*')],
    'looks at its snapshots, whatever they are called',
  );
}
