/** Between RDS's words and ours. */
import type { DBInstance, DBSnapshot } from '@aws-sdk/client-rds';
import type { Settings } from './contract.ts';
import { type Copy, type Instance, MARK, type Point, type Snapshot } from './instance.ts';

export type Restoring = {
  copy: Copy;
  point: Point;
  /** The group that admits the drill and nobody else, and lets nothing out. */
  securityGroupId: string;
  settings: Pick<Settings, 'source' | 'copy'>;
};

/** Everything that RDS would otherwise take from production, or from its defaults, is said. */
export function asked({ copy, securityGroupId, settings }: Restoring) {
  const { instanceClass, subnetGroup, parameterGroup, optionGroup, port } = settings.copy;
  return {
    DBInstanceClass: instanceClass,
    DBSubnetGroupName: subnetGroup,
    DBParameterGroupName: parameterGroup,
    OptionGroupName: optionGroup,
    Port: port,
    VpcSecurityGroupIds: [securityGroupId],
    MultiAZ: false,
    PubliclyAccessible: false,
    DeletionProtection: false,
    AutoMinorVersionUpgrade: false,
    EnableIAMDatabaseAuthentication: false,
    CopyTagsToSnapshot: false,
    // A copy needs no backup, and is available sooner without its first.
    BackupRetentionPeriod: 0,
    // In the creating call: a mark that is set afterwards may never be.
    Tags: [{ Key: MARK, Value: copy.mark }],
  };
}

export function instanceOf(instance: DBInstance): Instance {
  const { Endpoint, TagList } = instance;
  const { Address: host, Port: port } = Endpoint ?? {};
  const tags = (TagList ?? []).map(({ Key, Value }) => [Key ?? '', Value ?? ''] as const);
  return {
    id: instance.DBInstanceIdentifier ?? '',
    resourceId: instance.DbiResourceId ?? '',
    status: instance.DBInstanceStatus ?? '',
    tags: Object.fromEntries(tags),
    ...(host !== undefined && port !== undefined && { endpoint: { host, port } }),
    masterUser: instance.MasterUsername,
    latestRestorableTime: instance.LatestRestorableTime?.toISOString(),
    isInCluster: instance.DBClusterIdentifier !== undefined,
  };
}

export function snapshotOf({ DBSnapshotIdentifier, Status, SnapshotCreateTime, Encrypted }: DBSnapshot): Snapshot {
  return {
    id: DBSnapshotIdentifier ?? '',
    status: Status ?? '',
    createdAt: SnapshotCreateTime?.toISOString(),
    isEncrypted: Encrypted === true,
  };
}
