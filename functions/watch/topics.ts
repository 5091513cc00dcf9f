/** The one place where the watcher talks to SNS. */
import { paginateListSubscriptionsByTopic, SNSClient } from '@aws-sdk/client-sns';
import { CLIENT, namesItsEndpoint } from '../runtime/aws.ts';

/** What SNS gives as the ARN of a subscription that nobody confirmed. */
const PENDING = 'PendingConfirmation';

/** @throws the SDK's error when the topic is gone or must not be listed */
export async function countSubscriptions(topicArn: string): Promise<{ confirmed: number; pending: number }> {
  const client = namesItsEndpoint(new SNSClient(CLIENT));
  let pending = 0;
  let confirmed = 0;
  for await (const page of paginateListSubscriptionsByTopic({ client }, { TopicArn: topicArn })) {
    const subscriptions = page.Subscriptions ?? [];
    // Somebody who unsubscribed is listed as “Deleted” for a while.
    confirmed += subscriptions.filter((subscription) => subscription.SubscriptionArn?.startsWith('arn:')).length;
    pending += subscriptions.filter((subscription) => subscription.SubscriptionArn === PENDING).length;
  }
  return { confirmed, pending };
}
