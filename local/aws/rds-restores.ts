/**
 * The life of an instance that is restored from a backup: asked for, looked at until it is there, given a new password, deleted. It
 * moves on with each look at it, as a test plans, so that a test needs neither time nor luck.
 */
import type { DbInstance, Restored } from './database-store.ts';
import type { Form } from './query-protocol.ts';
import { instanceXml } from './rds-instance.ts';
import { type Asked, instanceArn, notFound, type RdsOperation, refused } from './rds-operation.ts';
import { arn, type Permission } from './service.ts';
import { NotModelledError } from './service-error.ts';

/** Flags of either restore. Each must be given: what RDS would take for one that is left out is not modelled. */
const MUST_BE_GIVEN = [
  'DBInstanceClass',
  'DBSubnetGroupName',
  'DBParameterGroupName',
  'OptionGroupName',
  'Port',
  'VpcSecurityGroupIds.VpcSecurityGroupId.1',
  'MultiAZ',
  'PubliclyAccessible',
  'DeletionProtection',
  'AutoMinorVersionUpgrade',
  'EnableIAMDatabaseAuthentication',
  'CopyTagsToSnapshot',
  'BackupRetentionPeriod',
  'Tags.Tag.1.Key',
  'Tags.Tag.1.Value',
];

export const RESTORES: Record<string, RdsOperation> = {
  RestoreDBInstanceFromDBSnapshot: {
    parameters: ['DBInstanceIdentifier', 'DBSnapshotIdentifier', ...MUST_BE_GIVEN],
    changing: true,
    permissions: (asked, action) => {
      const snapshot = arn(asked.estate, 'rds', `snapshot:${asked.form.get('DBSnapshotIdentifier')}`);
      return restorePermissions(asked, {
        action,
        target: 'DBInstanceIdentifier',
        from: [{ action, resource: snapshot }],
      });
    },
    run: (asked) => {
      const { form, store, estate } = asked;
      const id = form.get('DBSnapshotIdentifier') ?? '';
      const snapshot = store.snapshots.restorable(estate.region, id);
      if (snapshot === undefined) throw notFound('DBSnapshotNotFound', `DBSnapshot ${id}`);
      if (snapshot.status !== 'available')
        throw refused('InvalidDBSnapshotState', `DBSnapshot ${id} is ${snapshot.status}`);
      return begin(asked, { target: 'DBInstanceIdentifier', source: snapshot.instanceIdentifier });
    },
  },
  RestoreDBInstanceToPointInTime: {
    parameters: [
      'SourceDBInstanceIdentifier',
      'TargetDBInstanceIdentifier',
      'UseLatestRestorableTime',
      ...MUST_BE_GIVEN,
    ],
    changing: true,
    permissions: (asked, action) => {
      const resource = instanceArn(asked.estate, asked.form.get('SourceDBInstanceIdentifier') ?? '');
      return restorePermissions(asked, { action, target: 'TargetDBInstanceIdentifier', from: [{ action, resource }] });
    },
    run: (asked) => {
      const source = find(asked, asked.form.get('SourceDBInstanceIdentifier') ?? '');
      if (asked.form.get('UseLatestRestorableTime') !== 'true')
        throw new NotModelledError('rds:RestoreDBInstanceToPointInTime', 'a time of one’s own');
      if (source.latestRestorableTime === undefined)
        throw refused('PointInTimeRestoreNotEnabled', `${source.identifier} has no automated backups`);
      return begin(asked, { target: 'TargetDBInstanceIdentifier', source: source.identifier });
    },
  },
  ModifyDBInstance: {
    parameters: ['DBInstanceIdentifier', 'MasterUserPassword', 'ApplyImmediately'],
    changing: true,
    permissions: onTagged,
    run: modify,
  },
  DeleteDBInstance: {
    parameters: ['DBInstanceIdentifier', 'SkipFinalSnapshot', 'DeleteAutomatedBackups'],
    changing: true,
    permissions: onTagged,
    run: remove,
  },
};

type Restoring = { action: string; target: string; from: Permission[] };

/** RDS asks for the action on everything that the new instance is made of, and for the tags by an action of their own. */
function restorePermissions(
  { form, estate }: Asked,
  { action, target, from }: Restoring,
): [Permission, ...Permission[]] {
  const tagged = { [`aws:RequestTag/${form.get('Tags.Tag.1.Key')}`]: form.get('Tags.Tag.1.Value') ?? '' };
  const conditions = { ...tagged, 'rds:PubliclyAccessible': form.get('PubliclyAccessible') ?? '' };
  const made = instanceArn(estate, form.get(target) ?? '');
  const parts = [
    `subgrp:${form.get('DBSubnetGroupName')}`,
    `pg:${form.get('DBParameterGroupName')}`,
    `og:${form.get('OptionGroupName')}`,
  ];
  return [
    { action, resource: made, conditions },
    ...[...from, ...parts.map((part) => ({ action, resource: arn(estate, 'rds', part) }))].map((one) => ({
      ...one,
      conditions,
    })),
    { action: 'rds:AddTagsToResource', resource: made, conditions: tagged },
  ];
}

/** A permission may ask for the tags that the instance has already. */
function onTagged({ form, estate, store }: Asked, action: string): [Permission] {
  const resource = instanceArn(estate, form.get('DBInstanceIdentifier') ?? '');
  const tags = store.instances(estate.region).find((one) => one.arn === resource)?.tags ?? [];
  const conditions = Object.fromEntries(tags.map(({ key, value }) => [`aws:ResourceTag/${key}`, value]));
  return [{ action, resource, ...(tags.length > 0 && { conditions }) }];
}

function begin({ form, estate, store }: Asked, { target, source }: { target: string; source: string }): string {
  const missing = MUST_BE_GIVEN.filter((name) => !form.has(name));
  if (missing.length > 0) throw new NotModelledError('a restore', `leaving out ${missing.join(', ')}`);
  const identifier = form.get(target) ?? '';
  const resource = instanceArn(estate, identifier);
  if (store.instances(estate.region).some((one) => one.arn === resource))
    throw refused('DBInstanceAlreadyExists', `DBInstance ${identifier} exists already`);
  const from = store.instances(estate.region).find((one) => one.identifier === source);
  const plan = store.restorePlan();
  const made = store.createInstance({
    region: estate.region,
    identifier,
    engine: from?.engine ?? 'postgres',
    caIdentifier: from?.caIdentifier ?? 'rds-ca-rsa2048-g1',
    serverCertificateValidTill: from?.serverCertificateValidTill ?? new Date(0),
    endpoint: plan.endpoint,
    masterUsername: from?.masterUsername ?? 'postgres',
    tags: [{ key: form.get('Tags.Tag.1.Key') ?? '', value: form.get('Tags.Tag.1.Value') ?? '' }],
  });
  made.restored = { plan, looks: 0, asked: given(form) };
  made.status = plan.statuses[0] ?? 'available';
  return instanceXml(made);
}

function given(form: Form): Record<string, string> {
  return Object.fromEntries([...form].filter(([name]) => MUST_BE_GIVEN.includes(name)));
}

/** To be called for each instance that is about to be shown. @returns whether it is still there */
export async function movedOn(instance: DbInstance): Promise<boolean> {
  const { restored } = instance;
  if (instance.status === 'deleting') {
    instance.looksWhileDeleting += 1;
    return instance.looksWhileDeleting < 2;
  }
  if (restored === undefined) return true;
  const { statuses } = restored.plan;
  restored.looks += 1;
  instance.status = statuses[Math.min(restored.looks, statuses.length - 1)] ?? 'available';
  await setPassword(restored);
  return true;
}

/** RDS answers at once, and sets the password some time later. */
async function modify(asked: Asked): Promise<string> {
  const { form } = asked;
  const instance = find(asked, form.get('DBInstanceIdentifier') ?? '');
  const { restored } = instance;
  if (instance.status !== 'available') throw wrongState(instance);
  const password = form.get('MasterUserPassword');
  if (restored === undefined || password === undefined || form.get('ApplyImmediately') !== 'true')
    throw new NotModelledError('rds:ModifyDBInstance', 'anything but a copy’s password, at once,');
  restored.newPassword = { password, looksLeft: restored.plan.looksUntilPassword };
  await setPassword(restored);
  return instanceXml(instance);
}

async function setPassword(restored: Restored): Promise<void> {
  const { newPassword, plan } = restored;
  if (newPassword === undefined) return;
  newPassword.looksLeft -= 1;
  if (newPassword.looksLeft >= 0) return;
  delete restored.newPassword;
  await plan.setPassword(newPassword.password);
}

const UNDELETABLE = new Set(['creating', 'backing-up', 'modifying', 'resetting-master-credentials']);

function remove(asked: Asked): string {
  const { form } = asked;
  const instance = find(asked, form.get('DBInstanceIdentifier') ?? '');
  if (UNDELETABLE.has(instance.status) || instance.status === 'deleting') throw wrongState(instance);
  if (form.get('SkipFinalSnapshot') !== 'true' || form.get('DeleteAutomatedBackups') !== 'true')
    throw new NotModelledError('rds:DeleteDBInstance', 'a final snapshot, or keeping the backups,');
  instance.status = 'deleting';
  return instanceXml(instance);
}

function find({ estate, store }: Asked, identifier: string): DbInstance {
  const wanted = instanceArn(estate, identifier);
  const found = store.instances(estate.region).find((one) => one.arn === wanted);
  if (found === undefined) throw notFound('DBInstanceNotFound', `DBInstance ${identifier}`);
  return found;
}

function wrongState({ identifier, status }: DbInstance) {
  return refused('InvalidDBInstanceState', `Instance ${identifier} is ${status}.`);
}
