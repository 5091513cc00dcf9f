/** One of a system's two topics: made here with its subscribers, or one that exists already. */

import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as sns from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import type { Permissions } from './permissions.ts';
import type { Topic } from './system.ts';

export class Announcements extends Construct {
  readonly topic: sns.ITopic;
  private readonly kmsKeyArn: string | undefined;

  constructor(scope: Construct, id: string, props: Topic) {
    super(scope, id);
    this.kmsKeyArn = props.kmsKeyArn;
    this.topic = props.topicArn
      ? sns.Topic.fromTopicArn(this, 'Topic', props.topicArn)
      : ownTopic(this, props.emails ?? []);
  }

  /** Lets a function announce here, through the topic's customer key where it has one. */
  admit(permissions: Permissions): void {
    permissions.may(['sns:Publish'], [this.topic.topicArn], 'tells people');
    if (this.kmsKeyArn) permissions.mayUseKey(['kms:Decrypt', 'kms:GenerateDataKey'], this.kmsKeyArn, 'sns');
  }
}

/**
 * Without a key of its own: CloudWatch cannot publish through `alias/aws/sns`, a customer key whose policy forgets
 * CloudWatch silences every page, and a message holds nothing that a report may not hold. SNS's disks are encrypted anyhow.
 */
function ownTopic(scope: Construct, emails: string[]): sns.Topic {
  const topic = new sns.Topic(scope, 'Topic', { enforceSSL: true });
  // A topic with a policy of its own loses AWS's default one, which let the account's alarms in.
  topic.addToResourcePolicy(
    new iam.PolicyStatement({
      sid: 'AlarmsOfThisAccount',
      principals: [new iam.ServicePrincipal('cloudwatch.amazonaws.com')],
      actions: ['sns:Publish'],
      resources: [topic.topicArn],
      conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(scope).account } },
    }),
  );
  for (const email of emails) topic.addSubscription(new EmailSubscription(email));
  return topic;
}
