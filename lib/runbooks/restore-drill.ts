/** Restores the database's backup into an instance that nobody else can reach, looks into it, and deletes it. */
import { ArnFormat, Duration, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import * as contract from '../../functions/restore-drill/contract.ts';
import { RunbookFunction } from '../runbook-function.ts';
import { longestGapHours } from '../schedule.ts';
import type { Shared } from '../shared.ts';
import type { CheckedSystem } from '../system.ts';

type Drill = NonNullable<CheckedSystem['runbooks']['restore-drill']>;
type Props = { shared: Shared; drill: Drill };

const NAME = 'restore-drill';

export class RestoreDrill extends Construct {
  constructor(scope: Construct, id: string, { shared, drill }: Props) {
    super(scope, id);
    const { settings, schedule } = drill;
    const copies = isolatedGroup(this, shared.vpc);

    const runbook = new RunbookFunction(this, 'Runbook', {
      shared,
      name: NAME,
      contract,
      settings,
      // It changes nothing but its own scratch, which it needs no other mode for.
      mode: 'report',
      timeout: Duration.minutes(15),
      durable: { executionTimeout: Duration.minutes(contract.executionMinutes(settings)) },
      environment: { SCRATCH_SECURITY_GROUP_ID: copies.securityGroupId },
      failureImpact: 'nobody knows whether the database’s backup restores, and a copy of it may be left running',
      network: 'vpc',
    });

    reach(runbook, { copies, port: settings.copy.port });
    mayRead(runbook, settings);
    mayRestore(runbook, { system: shared.system.name, settings });
    mayChangeCopies(runbook, shared.system.name);
    shared.admitToHalt(runbook.function.permissions);

    // A run is on record once it has ended, and this one may take hours.
    const tookHours = contract.executionMinutes(settings) / 60;
    const everyHours = tookHours + (drill.everyHours ?? longestGapHours(schedule) ?? Number.NaN);
    runbook.runsOn('Schedule', { schedule, everyHours }, {});
    // The next drill may be months away, and a copy that was left behind costs money each hour.
    runbook.runsOn('Sweep', { schedule: 'cron(10 5 * * ? *)' }, { sweepOnly: true });
  }
}

/** Lets nothing out, and nobody in but the drill. */
function isolatedGroup(scope: Construct, vpc: ec2.IVpc): ec2.SecurityGroup {
  const description = 'Nightshift restore-drill: copies of the database';
  return new ec2.SecurityGroup(scope, 'Copies', { vpc, description, allowAllOutbound: false });
}

function reach(
  { securityGroup }: RunbookFunction,
  { copies, port }: { copies: ec2.SecurityGroup; port: number },
): void {
  if (!securityGroup) throw new Error('the drill is not in the VPC, so it cannot reach its copies');
  securityGroup.addEgressRule(copies, ec2.Port.tcp(port), 'the copy');
  copies.addIngressRule(securityGroup, ec2.Port.tcp(port), 'the drill');
}

function rdsArn(scope: Construct, resource: string, resourceName: string): string {
  return Stack.of(scope).formatArn({
    service: 'rds',
    resource,
    resourceName,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
}

const copiesArn = (scope: Construct) => rdsArn(scope, 'db', `${contract.COPY_PREFIX}*`);

function mayRead(runbook: RunbookFunction, { source }: contract.Settings): void {
  const everyInstance = rdsArn(runbook, 'db', '*');
  runbook.may(['rds:DescribeDBInstances'], [everyInstance], 'finds copies that were left behind, whatever their names');
  if (source.restore === 'latest-snapshot') {
    const snapshots = rdsArn(runbook, 'snapshot', '*');
    const instance = rdsArn(runbook, 'db', source.instance);
    runbook.may(['rds:DescribeDBSnapshots'], [instance, snapshots], 'finds the newest snapshot, named by RDS');
  }
}

const MARK = 'nightshift:scratch';

type Restoring = { system: string; settings: contract.Settings };

/** Whatever it makes must carry our mark from the first moment, and must not be public. */
function mayRestore(runbook: RunbookFunction, { system, settings: { source, copy } }: Restoring): void {
  const isSnapshot = source.restore === 'latest-snapshot';
  const from = isSnapshot
    ? rdsArn(runbook, 'snapshot', `rds:${source.instance}-*`)
    : rdsArn(runbook, 'db', source.instance);
  const parts = [
    rdsArn(runbook, 'subgrp', copy.subnetGroup),
    rdsArn(runbook, 'pg', copy.parameterGroup),
    rdsArn(runbook, 'og', copy.optionGroup),
  ];
  const marked = { StringLike: { [`aws:RequestTag/${MARK}`]: `${system}/${NAME}/*` } };
  runbook.function.permissions.may(
    [isSnapshot ? 'rds:RestoreDBInstanceFromDBSnapshot' : 'rds:RestoreDBInstanceToPointInTime'],
    [copiesArn(runbook), from, ...parts],
    'makes a copy under a name of its own; automated snapshots are named by RDS, after the instance and the time',
    { ...marked, Bool: { 'rds:PubliclyAccessible': 'false' } },
  );
  runbook.function.permissions.may(['rds:AddTagsToResource'], [copiesArn(runbook)], 'marks the copy as it is made', {
    ...marked,
    'ForAllValues:StringEquals': { 'aws:TagKeys': [MARK] },
  });
  if (source.kmsKeyArn) mayGrant(runbook, source.kmsKeyArn);
}

/** RDS keeps using the customer key for the copy, by a grant that the caller must be able to give. */
function mayGrant(runbook: RunbookFunction, kmsKeyArn: string): void {
  const { permissions } = runbook.function;
  const via = { 'kms:ViaService': `rds.${Stack.of(runbook).region}.amazonaws.com` };
  const granted = { StringEquals: via, Bool: { 'kms:GrantIsForAWSResource': 'true' } };
  permissions.may(['kms:CreateGrant'], [kmsKeyArn], 'the customer key of the database', granted);
  permissions.mayUseKey(['kms:DescribeKey'], kmsKeyArn, 'rds');
}

/** Name and mark together: neither an instance that is only called so nor one that only carries the tag. */
function mayChangeCopies(runbook: RunbookFunction, system: string): void {
  runbook.function.permissions.may(
    ['rds:ModifyDBInstance', 'rds:DeleteDBInstance'],
    [copiesArn(runbook)],
    'gives its copies another master password, and deletes them',
    { StringLike: { [`aws:ResourceTag/${MARK}`]: `${system}/${NAME}/*` } },
  );
}
