/** An AWS account with what every function is deployed with, and nothing else; and the environment to reach it. */
import { afterAll, afterEach, beforeAll } from 'vitest';
import { type StandIn, startStandIn } from '../../../local/aws/stand-in.ts';

const BUCKET = 'evidence';
export const HALT_PARAMETER = '/nightshift/halt';

export type Account = { aws: StandIn; bucket: string; environment: Record<string, string> };

/** One account for a test file. Its faults are forgotten after each test. */
export function useAccount(options: { clockSkewMs?: number } = {}): Account {
  const account = { bucket: BUCKET } as Account;
  beforeAll(async () => {
    account.aws = await startStandIn(options);
    account.environment = furnish(account.aws);
    Object.assign(process.env, account.environment);
  });
  afterEach(() => account.aws.faults.clear());
  afterAll(() => account.aws.stop());
  return account;
}

function furnish(aws: StandIn): Record<string, string> {
  aws.createBucket(BUCKET, { versioned: true });
  aws.putParameter(HALT_PARAMETER, 'run');
  const { accessKeyId, secretAccessKey } = aws.credentialsFor('trial');
  return {
    AWS_ENDPOINT_URL: aws.endpoint,
    AWS_REGION: aws.region,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    EVIDENCE_BUCKET: BUCKET,
    HALT_PARAMETER,
    NOTIFY_TOPIC_ARN: aws.createTopic('notify'),
    PAGE_TOPIC_ARN: aws.createTopic('page'),
  };
}

/** The latest version of one object as text; undefined where there is none. */
export function textOf({ aws, bucket }: Account, key: string): string | undefined {
  return aws
    .objects(bucket)
    .find((object) => object.key === key)
    ?.body.toString();
}
