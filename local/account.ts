/** The AWS account that the operated system runs in: what a deploy makes there, and what was there before. */
import type { Alexander } from './alexander/alexander.ts';
import type { StandIn } from './aws/stand-in.ts';
import type { Isolated } from './backups/isolated.ts';
import type { BlobSecrets } from './blobs/planted-night.ts';
import { type Deployed, LIST_BUCKET, LIST_KEY, listedEndpoints } from './deployments.ts';
import type { Listeners } from './listeners/listeners.ts';
import type { Postgres } from './postgres/server.ts';

const BUCKET = 'alexander-evidence';
const HALT_PARAMETER = '/nightshift/alexander/halt';
const DAY_MS = 86_400_000;

type Account = { notifyArn: string; pageArn: string } & Deployed['secrets'];
type Furnishing = {
  alexander: Alexander;
  postgres: Postgres;
  listeners: Listeners | undefined;
  isolated: Isolated | undefined;
  blobs: BlobSecrets | undefined;
};

export function furnish(aws: StandIn, furnishing: Furnishing): Account {
  const { alexander, postgres, listeners, isolated, blobs } = furnishing;
  const { secrets } = alexander;
  aws.createBucket(BUCKET, { versioned: true });
  aws.createBucket(LIST_BUCKET);
  aws.putObject(LIST_BUCKET, LIST_KEY, JSON.stringify(listedEndpoints(postgres)));
  aws.putParameter(HALT_PARAMETER, 'run');
  const account = {
    readerArn: aws.createSecret('alexander/nightshift-reader', JSON.stringify(secrets.reader)),
    actorArn: aws.createSecret('alexander/nightshift-actor', JSON.stringify(secrets.actor)),
    caArn: aws.createSecret('alexander/own-ca', postgres.caPem),
    bundleArn: aws.createSecret('alexander/rds-bundle', listeners?.trustPem ?? postgres.caPem),
    restoreArn: aws.createSecret('alexander/nightshift-restore', JSON.stringify(isolated?.secret ?? {})),
    blobsReaderArn: aws.createSecret('alexander/blobs-reader', JSON.stringify(blobs?.reader ?? {})),
    blobsActorArn: aws.createSecret('alexander/blobs-actor', JSON.stringify(blobs?.actor ?? {})),
    notifyArn: aws.createTopic('alexander-notify'),
    pageArn: aws.createTopic('alexander-page'),
  };
  aws.subscribe(account.notifyArn, { protocol: 'email', endpoint: 'team@example.com', confirmed: true });
  aws.subscribe(account.pageArn, { protocol: 'email', endpoint: 'oncall@example.com', confirmed: true });
  return account;
}

/** ACM has renewed a certificate that nobody serves yet, and a database still has the old of two CAs. */
export async function plantIssued(aws: StandIn, listeners: Listeners): Promise<void> {
  const now = aws.clock.now().getTime();
  const inDays = (days: number) => new Date(now + days * DAY_MS);
  const { certPem, chainPem } = await listeners.renew('good.nightshift.test');
  // CloudFront's certificates are in this region, whatever the system's own is.
  aws.createCertificate({ region: 'us-east-1', pem: certPem, chainPem });
  aws.createCertificate({
    pem: certPem,
    chainPem,
    inUseBy: ['arn:aws:elasticloadbalancing:eu-central-1:111122223333:loadbalancer/app/alexander/0a1b2c3d4e5f6071'],
  });
  aws.createCa({
    identifier: 'rds-ca-2019',
    thumbprint: '1'.repeat(40),
    validFrom: inDays(-2000),
    validTill: inDays(20),
  });
  aws.createCa({
    identifier: 'rds-ca-rsa2048-g1',
    thumbprint: '2'.repeat(40),
    validFrom: inDays(-900),
    validTill: inDays(12_000),
    isDefault: true,
  });
  const endpoint = { host: 'alexander.internal', port: 5432 };
  aws.createDbInstance({
    identifier: 'alexander',
    engine: 'postgres',
    caIdentifier: 'rds-ca-2019',
    serverCertificateValidTill: inDays(20),
    endpoint,
  });
}

export function environmentOf(aws: StandIn, { notifyArn, pageArn }: Account, runbook: string): Record<string, string> {
  const { accessKeyId, secretAccessKey } = aws.credentialsFor(runbook);
  return {
    AWS_ENDPOINT_URL: aws.endpoint,
    AWS_REGION: aws.region,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    EVIDENCE_BUCKET: BUCKET,
    HALT_PARAMETER,
    NOTIFY_TOPIC_ARN: notifyArn,
    PAGE_TOPIC_ARN: pageArn,
    // Of the copies that a drill makes.
    SCRATCH_SECURITY_GROUP_ID: 'sg-0a1b2c3d4e5f60718',
  };
}
