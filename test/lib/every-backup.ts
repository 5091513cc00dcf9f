/** The example with a source of backups of every kind, named as the local estate has them. */
import type { System } from '../../lib/system.ts';
import alexander from '../../systems/alexander.ts';

type Sources = NonNullable<System['runbooks']['backup-verification']>['settings']['sources'];
/** A store that is not AWS’s: where it is, and the secret that lets us in. */
type Elsewhere = { endpoint: string; secretArn: string };

const KEY = 'arn:aws:kms:eu-central-1:111122223333:key/2c3d4e5f-6071-8293-a4b5-c6d7e8f90a1b';
const REGION = 'eu-central-1';
const SCHEDULE = { everyHours: 24, keepDays: 7 };

export function sourcesOfEveryKind({ endpoint, secretArn }: Elsewhere): Sources {
  const elsewhere = { bucket: 'off-site', endpoint, pathStyle: true, credentials: { secretArn } };
  return [
    ...alexander.runbooks['backup-verification'].settings.sources,
    {
      kind: 'rds-snapshot',
      name: 'instance',
      region: REGION,
      identifier: 'alexander',
      of: 'instance',
      schedule: SCHEDULE,
    },
    {
      kind: 'rds-snapshot',
      name: 'cluster',
      region: REGION,
      identifier: 'alexander-cluster',
      of: 'cluster',
      schedule: SCHEDULE,
    },
    {
      kind: 'cache-snapshot',
      name: 'cache',
      region: REGION,
      replicationGroupId: 'alexander-cache',
      schedule: SCHEDULE,
    },
    {
      kind: 'files',
      name: 'uploads',
      store: { bucket: 'alexander-copies', kmsKeyArn: KEY },
      prefix: 'uploads/',
      of: { store: { bucket: 'alexander-uploads' }, prefix: '' },
      copies: [{ name: 'far', store: elsewhere, prefix: 'uploads/' }],
      schedule: SCHEDULE,
    },
    {
      kind: 'dump',
      name: 'sealed',
      store: { bucket: 'alexander-sealed', kmsKeyArn: KEY },
      key: 'latest.sql',
      schedule: SCHEDULE,
      checks: { tables: [{ table: 'users' }] },
    },
  ];
}

export function everyBackup(): System {
  const verification = alexander.runbooks['backup-verification'];
  const secretArn = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:alexander/off-site-a1b2c3';
  const sources = sourcesOfEveryKind({ endpoint: 'https://objects.example.com:9000', secretArn });
  const settings = { ...verification.settings, sources };
  return { ...alexander, runbooks: { 'backup-verification': { ...verification, settings } } };
}
