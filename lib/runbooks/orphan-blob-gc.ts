/** Finds blobs that nothing references, and in enforce mode quarantines those that stay so. */
import { ArnFormat, Duration, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import * as contract from '../../functions/orphan-blob-gc/contract.ts';
import * as coordination from '../../functions/orphan-blob-gc/coordinator/contract.ts';
import { DatabaseAccess } from '../database-access.ts';
import { RunbookFunction } from '../runbook-function.ts';
import { longestGapHours } from '../schedule.ts';
import type { Shared } from '../shared.ts';
import { runsOnAlarm, storageAlarm } from '../storage-alarm.ts';
import type { CheckedSystem } from '../system.ts';

type Gc = NonNullable<CheckedSystem['runbooks']['orphan-blob-gc']>;

const NAME = 'orphan-blob-gc';
/** As in `functions/orphan-blob-gc/probe.ts`, which is not imported: a stack needs no client of S3. A test holds them together. */
const PROBE_NAME = 'nightshift-probe';
/** The metric is one of `functions/orphan-blob-gc/swept.ts`; a test runs a sweep and asks for it. */
const SWEEP = { name: `${NAME}-sweep`, provenBy: 'QuarantinedObjects' };

export class OrphanBlobGc extends Construct {
  constructor(scope: Construct, id: string, { shared, gc }: { shared: Shared; gc: Gc }) {
    super(scope, id);
    const { mode, settings, mark } = gc;

    const runbook = new RunbookFunction(this, 'Runbook', {
      shared,
      name: NAME,
      contract,
      settings,
      mode,
      timeout: Duration.minutes(15),
      failureImpact:
        'orphaned blobs go on costing money, lost ones go unnoticed, and nothing comes back from quarantine',
      network: 'vpc',
    });

    mayMark(runbook, { shared, gc });
    maySeeQuarantine(runbook, settings);
    if (mode === 'enforce') mayQuarantine(runbook, settings);

    // Where there is a coordinator, whatever starts a marking starts it.
    const marker = gc.coordinator ? coordinatorOf(this, { shared, gc, worker: runbook, ...gc.coordinator }) : runbook;
    marker.runsOn('Mark', { schedule: mark, everyHours: everyHoursOf(gc) }, { phase: 'mark' });
    // Waited for by itself: while it is silent, nothing comes back by itself either, however well the markings go.
    const sweepEveryHours = longestGapHours(gc.sweep) ?? Number.NaN;
    const sweep = { schedule: gc.sweep, everyHours: sweepEveryHours, own: SWEEP };
    if (mode === 'enforce') runbook.runsOn('Sweep', sweep, { phase: 'sweep' });
    if (gc.storageAlarm)
      runsOnAlarm(marker, { shared, alarm: storageAlarm(this, { shared, gc, storage: gc.storageAlarm }) });
  }
}

/** A run is on record once it has ended, and a coordinator's may take hours. */
function everyHoursOf({ everyHours, mark, coordinator }: Gc): number {
  const tookHours = coordinator ? coordination.executionMinutes({ coordinator }) / 60 : 0;
  return tookHours + (everyHours ?? longestGapHours(mark) ?? Number.NaN);
}

type Coordinating = coordination.Settings['coordinator'] & { shared: Shared; gc: Gc; worker: RunbookFunction };

/** The same runbook in a second function: its reports, its state and its lease are the first one's, and it changes nothing else. */
function coordinatorOf(scope: Construct, { shared, gc, worker, atOnce, hours }: Coordinating): RunbookFunction {
  const settings = { ...gc.settings, coordinator: { atOnce, hours } };
  const alias = worker.function.live.functionArn;
  const coordinator = new RunbookFunction(scope, 'Coordinator', {
    shared,
    name: NAME,
    folder: `${NAME}/coordinator`,
    isSecond: true,
    contract: coordination,
    settings,
    mode: 'report',
    timeout: Duration.minutes(15),
    durable: { executionTimeout: Duration.minutes(coordination.executionMinutes(settings)) },
    environment: { WORKER_FUNCTION_ARN: alias },
    failureImpact: 'orphaned blobs go on costing money, and lost ones go unnoticed',
    network: 'vpc',
  });
  mayMark(coordinator, { shared, gc });
  coordinator.may(['lambda:InvokeFunction'], [alias], 'has shards marked by the collector’s own function');
  return coordinator;
}

function mayMark(runbook: RunbookFunction, { shared, gc }: { shared: Shared; gc: Gc }): void {
  const { settings } = gc;
  new DatabaseAccess(runbook, 'Database', gc.database).letsIn(runbook);
  runbook.mayRead(settings.database.reader, 'reads the blob table and what references it');
  shared.evidence.admitReader(
    runbook.function.permissions,
    `reports/${NAME}/*`,
    'marked blobs, and what was taken, are in files by run',
  );
  mayReadBlobs(runbook, settings);
}

function bucketArn(scope: Construct, { store }: contract.Settings): string {
  return Stack.of(scope).formatArn({
    service: 's3',
    region: '',
    account: '',
    resource: store.bucket,
    arnFormat: ArnFormat.NO_RESOURCE_NAME,
  });
}

/**
 * Keys as IAM spells them: of blobs just as many characters, with the same between them, as the template makes. So what else is in the
 * bucket stays out of reach, whether its blobs are under a prefix or at the top.
 */
function objectsOf(bucket: string, { prefix, key, blobs, quarantine }: contract.Settings) {
  const anyHash = `${prefix}${key}`
    .replaceAll(/\{hash:(\d+):(\d+)\}/g, (_, from, to) => '?'.repeat(to - from))
    .replace('{hash}', '?'.repeat(blobs.hashDigits));
  const inQuarantine = (name: string) =>
    quarantine.kind === 'prefix' ? [`${bucket}/${quarantine.prefix}${name}`] : [];
  const probe = `${prefix}${PROBE_NAME}`;
  return {
    blobs: `${bucket}/${anyHash}`,
    copies: inQuarantine(anyHash),
    probe: `${bucket}/${probe}`,
    probeCopies: inQuarantine(probe),
  };
}

/** A store that is not AWS's knows no role: there, a secret is what lets us in, and its own policies what we may. */
function mayReadBlobs(runbook: RunbookFunction, settings: contract.Settings): void {
  const { store } = settings;
  if (store.credentials) runbook.mayRead(store.credentials, `reads ${store.bucket} with credentials of its own`);
  if (store.endpoint) {
    reachStore(runbook, store.endpoint);
    return;
  }
  const bucket = bucketArn(runbook, settings);
  runbook.may(
    ['s3:GetObject'],
    [objectsOf(bucket, settings).blobs],
    'looks at blobs, which are named by their content',
  );
  runbook.may(
    [
      's3:ListBucket',
      's3:ListBucketMultipartUploads',
      's3:GetBucketVersioning',
      ...(settings.lifecycleRule ? ['s3:GetLifecycleConfiguration'] : []),
    ],
    [bucket],
    'lists blobs, uploads that were abandoned, and what the bucket erases by itself',
  );
  if (store.kmsKeyArn) runbook.function.permissions.mayUseKey(['kms:Decrypt'], store.kmsKeyArn, 's3');
}

/** In either mode: a rehearsed sweep looks at what it would bring back. A marking does not. */
function maySeeQuarantine(runbook: RunbookFunction, settings: contract.Settings): void {
  if (settings.store.endpoint) return;
  const bucket = bucketArn(runbook, settings);
  const { copies } = objectsOf(bucket, settings);
  if (copies.length > 0)
    runbook.may(['s3:GetObject'], copies, 'looks at copies of blobs, which are named by their content');
  else runbook.may(['s3:ListBucketVersions'], [bucket], 'sees which version of a blob is the latest');
}

/**
 * It may put a delete marker, or a copy, and take an object away from its place. Erasing a version needs `s3:DeleteObjectVersion`, which
 * is also what removes a delete marker, so it has that where quarantine is one; its code removes nothing but markers with it.
 */
function mayQuarantine(runbook: RunbookFunction, settings: contract.Settings): void {
  const { store, quarantine, database } = settings;
  if (database.actor) runbook.mayRead(database.actor, 'removes rows of orphans, and puts them back');
  if (store.endpoint) return;
  const bucket = bucketArn(runbook, settings);
  const { blobs, copies, probe, probeCopies } = objectsOf(bucket, settings);
  runbook.may(['s3:GetObject'], [probe, ...probeCopies], 'looks at an object of its own');
  if (quarantine.kind === 'delete-marker') {
    const actions = ['s3:DeleteObject', 's3:DeleteObjectVersion'];
    runbook.may(actions, [blobs, probe], 'hides blobs under delete markers, and removes those markers');
    runbook.may(['s3:PutObject'], [probe], 'tries quarantine with an object of its own');
  } else {
    runbook.may(['s3:PutObject'], [blobs, ...copies, probe, ...probeCopies], 'copies blobs into quarantine, and back');
    runbook.may(['s3:DeleteObject'], [blobs, probe], 'removes a blob whose copy is in quarantine');
  }
  // Either puts the probe, and a bucket with a key encrypts whatever is put there.
  if (store.kmsKeyArn) runbook.function.permissions.mayUseKey(['kms:GenerateDataKey'], store.kmsKeyArn, 's3');
}

function reachStore({ securityGroup }: RunbookFunction, endpoint: string): void {
  const { port, protocol } = new URL(endpoint);
  const number = Number(port || (protocol === 'https:' ? 443 : 80));
  if (number !== 443) securityGroup?.addEgressRule(ec2.Peer.anyIpv4(), ec2.Port.tcp(number), 'the store of blobs');
}
