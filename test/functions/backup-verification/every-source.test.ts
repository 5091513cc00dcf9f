import { afterAll, beforeAll, expect, it } from 'vitest';
import { Detail } from '../../../functions/backup-verification/detail.ts';
import type { StandIn } from '../../../local/aws/stand-in.ts';
import { BUCKET } from '../../../local/backups/plant.ts';
import { type Estate, startEstate } from '../../../local/estate.ts';
import { sourcesOfEveryKind } from '../../lib/every-backup.ts';
import { call } from '../invocation.ts';
import { PLAIN } from './night.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

let estate: Estate;
beforeAll(async () => {
  estate = await startEstate({ withBackups: true });
}, 60_000);
afterAll(() => estate?.stop());

const ago = (ms: number) => new Date(estate.aws.clock.now().getTime() - ms);

/** A week of each. */
function plantSnapshots(aws: StandIn): void {
  const kept = { backupRetentionDays: 7, latestRestorableTime: ago(4 * 60_000) };
  const endpoint = { host: 'alexander.internal', port: 5432 };
  aws.createDbInstance({
    ...kept,
    identifier: 'alexander',
    engine: 'postgres',
    caIdentifier: 'rds-ca-rsa2048-g1',
    serverCertificateValidTill: ago(-900 * DAY_MS),
    endpoint,
  });
  aws.createDbCluster({ ...kept, identifier: 'alexander-cluster' });
  aws.createReplicationGroup({ id: 'alexander-cache', nodeGroups: ['0001'], snapshotRetentionDays: 7 });
  for (let days = 0; days < 7; days += 1) {
    const createdAt = ago(days * DAY_MS + HOUR_MS);
    aws.createDbSnapshot({ identifier: `rds:i-${days}`, of: 'instance', source: 'alexander', createdAt });
    aws.createDbSnapshot({ identifier: `rds:c-${days}`, of: 'cluster', source: 'alexander-cluster', createdAt });
    const nodes = [{ nodeGroupId: '0001', createdAt }];
    aws.createCacheSnapshot({ name: `automatic.c-${days}`, replicationGroupId: 'alexander-cache', nodes });
  }
}

function plantObjects(aws: StandIn): void {
  for (const bucket of ['alexander-uploads', 'alexander-copies', 'off-site'])
    aws.createBucket(bucket, { versioned: true });
  aws.createBucket('alexander-sealed', { versioned: true });
  aws.setLifecycle('alexander-sealed', [{ id: 'old', noncurrentDays: 7 }]);
  aws.setLifecycle('alexander-copies', [{ id: 'former', prefix: 'uploads/', noncurrentDays: 7 }]);
  const lastModified = ago(2 * HOUR_MS);
  // Uploaded in parts, so that only reading it tells whether a copy is the same.
  aws.putObject('alexander-uploads', 'photo.jpg', 'a picture', { lastModified, isMultipart: true });
  aws.putObject('alexander-copies', 'uploads/photo.jpg', 'a picture', { lastModified: ago(HOUR_MS) });
  aws.putObject('off-site', 'uploads/photo.jpg', 'a picture', { lastModified: ago(HOUR_MS) });
  aws.putObject('alexander-sealed', 'latest.sql', PLAIN, { lastModified });
  // The server was promoted a moment ago.
  aws.putObject(BUCKET, 'wal/00000002.history', '1\t0/29000000\tno recovery target specified\n', { lastModified });
  aws.putObject(BUCKET, 'wal/000000020000000000000029.gz', 'some changes');
}

it('every kind of source is looked at in one run, each with what it needs', async () => {
  const { aws } = estate;
  plantSnapshots(aws);
  plantObjects(aws);
  // Whoever reads there is no role of this account.
  const secretArn = aws.createSecret('alexander/off-site', JSON.stringify(aws.credentialsFor('someone')));
  const report = await call(estate, {
    runbook: 'backup-verification',
    caller: 'backup-verification of every kind',
    edit: ({ settings }) => {
      settings.sources = sourcesOfEveryKind({ endpoint: aws.endpoint, secretArn });
    },
  });
  const { sources } = Detail.parse(report.detail);
  expect(sources.filter(({ isUnseen }) => isUnseen).map(({ source, said }) => [source, said])).toEqual([]);
  const bringing = sources.filter(({ recoveryPoint }) => recoveryPoint !== undefined).map(({ source }) => source);
  expect(bringing.toSorted()).toEqual(
    ['cache', 'cluster', 'instance', 'nightly', 'sealed', 'uploads', 'wal'].toSorted(),
  );
  // Those that have no planted fault.
  const well = /^(cache|cluster|instance|nightly|sealed|uploads): (?!missing backups)/;
  expect(report.findings.filter(({ target }) => well.test(target))).toEqual([]);
  const { objectives } = Detail.parse(report.detail);
  expect(objectives[0]).toMatchObject({ protects: 'database', ageMinutes: expect.closeTo(4, 0) });
  expect(report.findings.map(({ target }) => target)).not.toContain('database: recovery point');
});
