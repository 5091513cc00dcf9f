import { beforeAll, describe, expect, it } from 'vitest';
import { nightshiftApp } from '../../lib/nightshift-app.ts';
import type { System } from '../../lib/system.ts';
import alexander from '../../systems/alexander.ts';
import { everyBackup } from './every-backup.ts';
import {
  ofType,
  type Resource,
  refs,
  roleOf,
  type Statement,
  type Synthesized,
  statementsOf,
  synthesized,
} from './synthesized.ts';

const verification = alexander.runbooks['backup-verification'];
const withVerification = (changed: object): System => ({
  ...alexander,
  runbooks: { 'backup-verification': { ...verification, ...changed } as never },
});

let synth: Synthesized;
let every: Synthesized;
beforeAll(() => {
  synth = synthesized(withVerification({}));
  every = synthesized(everyBackup());
});

const functionOf = (of: Synthesized): Resource => {
  const found = ofType(of, 'AWS::Lambda::Function').find(([id]) => id.startsWith('BackupVerification'));
  if (!found) throw new Error('there is no verification');
  return found[1];
};
const settingsOf = (of: Synthesized, runbook: string) => of.settings.find((one) => one.runbook === runbook)?.settings;
const allowed = (of: Synthesized): Statement[] =>
  statementsOf(of, roleOf(of, 'BackupVerification')).filter(({ Effect }) => Effect === 'Allow');
/** What may be done with what is so called. */
const actionsOn = (of: Synthesized, arn: RegExp) => {
  const own = allowed(of).filter(({ Resource }) => Resource.some((one) => arn.test(JSON.stringify(one))));
  return [...new Set(own.flatMap(({ Action }) => Action))].toSorted();
};
const egressOf = (of: Synthesized): number[] =>
  ofType(of, 'AWS::EC2::SecurityGroup')
    .filter(([id]) => id.startsWith('BackupVerification'))
    .flatMap(([, { Properties }]) => (Properties.SecurityGroupEgress as { FromPort: number }[]) ?? [])
    .map(({ FromPort }) => FromPort);

describe('the verification’s function', () => {
  it('is in the VPC, where the isolated PostgreSQL is, for as long as Lambda lets it be', () => {
    expect(functionOf(synth).Properties).toMatchObject({ VpcConfig: expect.anything(), Timeout: 900 });
    const ingress = ofType(synth, 'AWS::EC2::SecurityGroupIngress').map(([, { Properties }]) => Properties);
    expect(ingress).toEqual([
      expect.objectContaining({ GroupId: verification.scratchDatabase.securityGroupId, FromPort: 5432, ToPort: 5432 }),
    ]);
  });

  it('is outside the VPC where no dump is restored', () => {
    const { scratch: _none, sources, ...settings } = verification.settings;
    const scanned = sources.filter(({ name }) => name === 'maintenance');
    const of = synthesized(
      withVerification({ scratchDatabase: undefined, settings: { ...settings, sources: scanned } }),
    );
    expect(functionOf(of).Properties).not.toHaveProperty('VpcConfig');
  });

  it('is let out to AWS and PostgreSQL, and to the port of a store that is not AWS’s', () => {
    expect(egressOf(every)).toContain(9000);
    expect(egressOf(synth)).not.toContain(9000);
    expect(egressOf(synth)).toContain(443);
  });

  it('has its settings beside its code, as its contract completes them', () => {
    expect(settingsOf(synth, 'backup-verification')).toMatchObject({
      sources: verification.settings.sources.map(({ name, kind }) => ({ name, kind })),
      scratch: { sweepAfterHours: 6, source: verification.settings.scratch.source },
      objectives: verification.settings.objectives,
    });
  });

  it('F08 is known to the watcher', () => {
    expect(settingsOf(synth, 'watch')?.watched).toMatchObject([{ runbook: 'backup-verification', everyHours: 24 }]);
  });
});

describe('the verification’s role', () => {
  it('may read what settings name, and change nothing of it', () => {
    const changing = allowed(every)
      .filter(({ Resource }) => !refs(Resource).some((id) => /^Shared(Evidence|Page|Notify)/.test(id)))
      .flatMap(({ Action }) => Action)
      .filter((action) => !/^(ec2|logs|sqs|ssm):/.test(action))
      .filter((action) => !/^\w+:(Get|List|Describe)|^kms:Decrypt$/.test(action));
    expect(changing).toEqual([]);
  });

  it('reads below a prefix, or one key and what stands beside it, and nothing else of a bucket', () => {
    const objects = allowed(synth)
      .filter(({ Action }) => Action.includes('s3:GetObject'))
      .flatMap(({ Resource }) => Resource.map((one) => JSON.stringify(one)))
      .filter((one) => one.includes('alexander-backups'));
    expect(objects.map((one) => one.replace(/^.*alexander-backups/, '').replace(/"?\]*\}?$/, '')).toSorted()).toEqual([
      '/base/*',
      '/dumps/*',
      '/maintenance/alexander.sql.gz*',
      '/wal/*',
    ]);
  });

  it('asks for former versions only where a backup replaces the one before', () => {
    expect(actionsOn(every, /alexander-sealed"/)).toContain('s3:ListBucketVersions');
    expect(actionsOn(every, /alexander-copies"/)).not.toContain('s3:ListBucketVersions');
    expect(actionsOn(every, /alexander-copies"/)).toEqual([
      's3:GetBucketVersioning',
      's3:GetLifecycleConfiguration',
      's3:ListBucket',
    ]);
    expect(actionsOn(every, /alexander-uploads"/)).toEqual(['s3:ListBucket']);
  });

  it('has no part in a store that is not AWS’s but the secret that opens it', () => {
    expect(actionsOn(every, /off-site/)).toEqual(['secretsmanager:GetSecretValue']);
  });

  it('looks at the snapshots of what settings name', () => {
    expect(actionsOn(every, /db:alexander"/)).toEqual(['rds:DescribeDBInstances', 'rds:DescribeDBSnapshots']);
    expect(actionsOn(every, /cluster:alexander-cluster"/)).toEqual([
      'rds:DescribeDBClusterSnapshots',
      'rds:DescribeDBClusters',
    ]);
    expect(actionsOn(every, /replicationgroup:alexander-cache"/)).toEqual(['elasticache:DescribeReplicationGroups']);
    expect(actionsOn(every, /:snapshot:\*"/)).toEqual(['elasticache:DescribeSnapshots', 'rds:DescribeDBSnapshots']);
    expect(actionsOn(synth, /:(rds|elasticache):/)).toEqual([]);
  });

  it('opens customer keys through S3 only, in the key’s own region', () => {
    const key = 'arn:aws:kms:eu-west-1:111122223333:key/2c3d4e5f-6071-8293-a4b5-c6d7e8f90a1b';
    const [dump] = verification.settings.sources;
    const far = { ...dump, store: { bucket: 'far-away', region: 'eu-west-1', kmsKeyArn: key } };
    const of = synthesized(
      withVerification({ settings: { ...verification.settings, sources: [far], objectives: [] } }),
    );
    const [statement] = allowed(of).filter(({ Action }) => Action.includes('kms:Decrypt'));
    expect(statement).toMatchObject({
      Resource: [key],
      Condition: { StringEquals: { 'kms:ViaService': 's3.eu-west-1.amazonaws.com' } },
    });
  });
});

describe('F13 a system that says half of where dumps are restored', () => {
  it.each([
    ['settings.scratch without scratchDatabase', { scratchDatabase: undefined }, /scratchDatabase: must be set where/],
    [
      'a dump to restore without settings.scratch',
      { scratchDatabase: undefined, settings: { ...verification.settings, scratch: undefined } },
      /settings\.scratch: must be set, because nightly is to be restored/,
    ],
  ])('fails synth: %s', (_what, changed, said) => {
    expect(() => nightshiftApp({ 'systems/half.ts': withVerification(changed) })).toThrow(said);
  });
});
