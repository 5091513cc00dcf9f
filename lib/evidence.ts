/** The one bucket of a system that remembers: reports for people, state for the next run. */
import { CfnOutput, Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { acknowledge } from './acknowledge.ts';
import type { Permissions } from './permissions.ts';

export class Evidence extends Construct {
  readonly bucket: s3.Bucket;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.bucket = new s3.Bucket(this, 'Bucket', {
      versioned: true,
      encryption: s3.BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
      // What was done at night has to outlive the stack that did it.
      removalPolicy: RemovalPolicy.RETAIN,
      lifecycleRules: [
        { abortIncompleteMultipartUploadAfter: Duration.days(7) },
        // State is written anew by each run; its old versions serve an inquiry, they are not the record.
        { prefix: 'state/', noncurrentVersionExpiration: Duration.days(90) },
      ],
    });
    acknowledge(
      this.bucket,
      'AwsSolutions-S1',
      'Each report names the run that wrote it, and only the roles of this stack may write. Who reads is for the data ' +
        'events of the account’s CloudTrail, which an access log in a second bucket would only repeat.',
    );
    new CfnOutput(this, 'BucketName', {
      value: this.bucket.bucketName,
      description: 'Reports and state of the runbooks',
    });
  }

  /**
   * Lets one runbook write its reports and keep its state. It may list its state, because without that S3 answers
   * "forbidden" for an object that is not there.
   */
  admit(permissions: Permissions, runbook: string): void {
    const state = this.bucket.arnForObjects(`state/${runbook}/*`);
    const reports = this.bucket.arnForObjects(`reports/${runbook}/*`);
    permissions.may(['s3:PutObject'], [reports, state], 'its own reports and state: each run makes new keys');
    permissions.may(['s3:GetObject'], [state], 'what it remembers from run to run is under keys of its own making');
    this.admitLister(permissions, `state/${runbook}/*`);
  }

  /** Lets a runbook read objects of the bucket; `keys` is a pattern. */
  admitReader(permissions: Permissions, keys: string, reason: string): void {
    permissions.may(['s3:GetObject'], [this.bucket.arnForObjects(keys)], reason);
  }

  /**
   * Lets a runbook list what begins as `keys`, a pattern. `IfExists`, because for an object that is not there S3 looks
   * whether the caller may list the bucket, answers 404 or else 403, and that look of its own carries no `s3:prefix`: under
   * a plain StringLike, "absent" would become "forbidden". A listing that names a prefix stays bound to this one. One that
   * names none at all is allowed with it, and gives away no more than names: of runbooks, days, runs and key ids.
   */
  admitLister(permissions: Permissions, keys: string): void {
    const prefixed = { StringLikeIfExists: { 's3:prefix': keys } };
    permissions.may(['s3:ListBucket'], [this.bucket.bucketArn], `lists ${keys}`, prefixed);
  }
}
