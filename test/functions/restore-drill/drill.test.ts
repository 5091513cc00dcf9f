import { describe, expect, it } from 'vitest';
import { Detail } from '../../../functions/restore-drill/contract.ts';
import { drill, namesOf, rdsChanges, SECURITY_GROUP, SOURCE, useGround } from './ground.ts';

const ground = useGround();

const seen = () => ground.aws.requests().map(({ operation }) => operation);

describe('a restore drill', () => {
  it('restores, looks, removes, and leaves production as it was', async () => {
    const { status, report } = await drill(ground);
    expect([status, report?.verdict, report?.because]).toEqual(['SUCCEEDED', 'clean', undefined]);
    expect(rdsChanges(ground)).toEqual(['RestoreDBInstanceToPointInTime', 'ModifyDBInstance', 'DeleteDBInstance']);
    expect(namesOf(ground)).toEqual([SOURCE]);
    const changed = ground.aws.requests().filter(({ service, changing }) => service === 'rds' && changing);
    for (const { resource } of changed) expect(resource).toMatch(/:db:nightshift-drill-\d{8}t\d{6}z-[0-9a-f]{8}$/);
  });

  it('asks for the copy in one call: marked, isolated, without a backup, and in nothing as RDS would have it', async () => {
    const { report } = await drill(ground);
    const [, copy] = ground.instances;
    expect(copy?.asked).toEqual({
      DBInstanceClass: 'db.t4g.medium',
      DBSubnetGroupName: 'isolated',
      DBParameterGroupName: 'apex-postgres18',
      OptionGroupName: 'default:postgres-18',
      Port: '5432',
      'VpcSecurityGroupIds.VpcSecurityGroupId.1': SECURITY_GROUP,
      MultiAZ: 'false',
      PubliclyAccessible: 'false',
      DeletionProtection: 'false',
      AutoMinorVersionUpgrade: 'false',
      EnableIAMDatabaseAuthentication: 'false',
      CopyTagsToSnapshot: 'false',
      BackupRetentionPeriod: '0',
      'Tags.Tag.1.Key': 'nightshift:scratch',
      'Tags.Tag.1.Value': `Alexander/restore-drill/${report?.runId}`,
    });
  });

  it('says how much would be lost and how long it took, against what was promised', async () => {
    const { report } = await drill(ground);
    const detail = Detail.parse(report?.detail);
    expect(detail.rpo).toMatchObject({ minutes: expect.closeTo(4, 0), target: 15 });
    expect(detail.rto.target).toBe(240);
    expect(detail.rto.minutes).toBeGreaterThan(0);
    expect(detail.timeline.map(({ what }) => what)).toEqual([
      'recovery point',
      'copy asked for',
      'copy available',
      'checks done',
    ]);
    expect(report?.metrics).toMatchObject({
      RecoveryPointAge: { unit: 'Seconds', value: expect.closeTo(240, -1) },
      RestoreDuration: { unit: 'Seconds' },
      CriticalFindings: { value: 0 },
    });
  });

  it('finds what was promised and not kept', async () => {
    const edit = (deployment: { settings: { objectives: object } }) => {
      deployment.settings.objectives = { rpoMinutes: 3, rtoMinutes: 0.001 };
    };
    const { report } = await drill(ground, { edit });
    expect(report?.findings.map(({ severity, target }) => [severity, target])).toEqual([
      ['warning', 'apex-db: recovery point'],
      ['warning', 'apex-db: recovery time'],
    ]);
  });

  it('waits for the new master password to come into force', { timeout: 30_000 }, async () => {
    ground.plan({ looksUntilPassword: 2 });
    const { report } = await drill(ground);
    expect([report?.verdict, report?.because]).toEqual(['clean', undefined]);
    expect(seen().filter((operation) => operation === 'ModifyDBInstance')).toHaveLength(1);
  });

  it('makes one copy also where RDS’s answer is lost and the question asked again', async () => {
    await drill(ground);
    const { aws } = ground;
    const call = 1 + aws.requests().findIndex(({ operation }) => operation === 'RestoreDBInstanceToPointInTime');
    aws.faults.clear();
    aws.faults.lose({ call, when: 'after' });
    const { report } = await drill(ground);
    const asked = aws.requests().filter(({ operation }) => operation === 'RestoreDBInstanceToPointInTime');
    expect(asked.map(({ errorCode }) => errorCode)).toEqual([undefined, undefined, 'DBInstanceAlreadyExists']);
    expect([report?.verdict, namesOf(ground)]).toEqual(['clean', [SOURCE]]);
  });

  it('refuses a source that is not there, or is in a cluster, and asks for no copy', async () => {
    const { report } = await drill(ground, { edit: (deployment) => (deployment.settings.source.instance = 'none') });
    expect([report?.verdict, report?.because]).toEqual(['refused', expect.stringContaining('no instance none')]);
    const endpoint = { host: 'aurora-1.c1.eu-central-1.rds.amazonaws.com', port: 5432 };
    const given = { identifier: 'aurora-1', engine: 'aurora-postgresql', caIdentifier: 'rds-ca-rsa2048-g1', endpoint };
    const serverCertificateValidTill = new Date('2030-01-01T00:00:00Z');
    ground.aws.createDbInstance({ ...given, serverCertificateValidTill, clusterIdentifier: 'aurora' });
    const member = await drill(ground, { edit: (deployment) => (deployment.settings.source.instance = 'aurora-1') });
    expect([member.report?.verdict, member.report?.because]).toEqual(['refused', expect.stringContaining('cluster')]);
    expect(rdsChanges(ground)).toEqual([]);
  });

  it('finds a source without backups critical', async () => {
    const endpoint = { host: 'bare.c1.eu-central-1.rds.amazonaws.com', port: 5432 };
    const given = { identifier: 'bare', engine: 'postgres', caIdentifier: 'rds-ca-rsa2048-g1', endpoint };
    ground.aws.createDbInstance({ ...given, serverCertificateValidTill: new Date('2030-01-01T00:00:00Z') });
    const { report } = await drill(ground, { edit: (deployment) => (deployment.settings.source.instance = 'bare') });
    expect(report?.findings).toMatchObject([{ severity: 'critical', target: 'bare: backup' }]);
    expect(rdsChanges(ground)).toEqual([]);
  });
});
