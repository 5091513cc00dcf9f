/** The alarm on a bucket's size, made here or taken as it is, and what makes a runbook run when it rings. */
import { ArnFormat, Duration, Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as events from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { MAX_QUEUED } from './live-function.ts';
import type { RunbookFunction } from './runbook-function.ts';
import type { Shared } from './shared.ts';
import type { CheckedSystem } from './system.ts';

type Gc = NonNullable<CheckedSystem['runbooks']['orphan-blob-gc']>;
type Storage = NonNullable<Gc['storageAlarm']>;

/** S3 counts a bucket’s bytes once a day. */
const COUNTED_EVERY = Duration.days(1);

type Watched = { shared: Shared; gc: Gc; storage: Storage };

/** People hear of it as well; of one that was there before, its owner has decided that. @returns the ARN of the alarm */
export function storageAlarm(scope: Construct, { shared, gc, storage }: Watched): string {
  if ('alarmName' in storage) {
    return Stack.of(scope).formatArn({
      service: 'cloudwatch',
      resource: 'alarm',
      resourceName: storage.alarmName,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
  }
  const { namespace, metricName, dimensions } = storage.metric ?? sizeOf(gc.settings.store.bucket);
  const alarm = new cloudwatch.Alarm(scope, 'Storage', {
    metric: new cloudwatch.Metric({
      namespace,
      metricName,
      dimensionsMap: dimensions,
      period: COUNTED_EVERY,
      statistic: cloudwatch.Stats.MAXIMUM,
    }),
    threshold: storage.aboveBytes,
    comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
    evaluationPeriods: 1,
    treatMissingData: cloudwatch.TreatMissingData.IGNORE,
    alarmDescription: `${gc.settings.store.bucket} is larger than it should be. What nothing references is being looked for: see the report of orphan-blob-gc.`,
  });
  alarm.addAlarmAction(new SnsAction(shared.notify.topic));
  return alarm.alarmArn;
}

/** Of storage classes other than STANDARD, name the metric in settings. */
function sizeOf(bucket: string) {
  const dimensions = { BucketName: bucket, StorageType: 'StandardStorage' };
  return { namespace: 'AWS/S3', metricName: 'BucketSizeBytes', dimensions };
}

/** Only a change to ALARM does something; other changes would each be a run that ends at once. */
export function runsOnAlarm(runbook: RunbookFunction, { shared, alarm }: { shared: Shared; alarm: string }): void {
  new events.Rule(runbook, 'OnStorageAlarm', {
    description: `Runs ${runbook.name} when the storage alarm rings`,
    eventPattern: {
      source: ['aws.cloudwatch'],
      detailType: ['CloudWatch Alarm State Change'],
      resources: [alarm],
      detail: { state: { value: ['ALARM'] } },
    },
    targets: [
      new LambdaFunction(runbook.function.live as IFunction, {
        deadLetterQueue: shared.failureQueue,
        maxEventAge: MAX_QUEUED,
        retryAttempts: 2,
      }),
    ],
  });
}
