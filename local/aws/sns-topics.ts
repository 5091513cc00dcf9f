/** Topics, who is subscribed to them, and what was published: what SNS keeps. */
import { randomUUID } from 'node:crypto';
import { arn, type Estate } from './service.ts';
import { ServiceError } from './service-error.ts';

/** `arn` is for a confirmed subscription; while nobody confirmed, SNS tells `PendingConfirmation` instead. */
export type Subscription = { protocol: string; endpoint: string; confirmed: boolean; arn: string };
export type Published = { topicArn: string; subject?: string; message: string };

export type TopicStore = {
  /** The topic's ARN; creating it twice is creating it once. */
  create(name: string): string;
  remove(topicArn: string): void;
  subscribe(topicArn: string, subscription: Omit<Subscription, 'arn'>): Subscription;
  /** Throws NotFound for a topic that is not there. */
  subscriptions(topicArn: string): Subscription[];
  publish(published: Published): void;
  published(): Published[];
};

export function createTopicStore(estate: Estate): TopicStore {
  const topics = new Map<string, Subscription[]>();
  const published: Published[] = [];
  const subscriptions = (topicArn: string): Subscription[] => {
    const found = topics.get(topicArn);
    if (found === undefined) throw new ServiceError({ code: 'NotFound', status: 404 }, 'Topic does not exist');
    return found;
  };
  return {
    create: (name) => {
      const topicArn = arn(estate, 'sns', name);
      if (!topics.has(topicArn)) topics.set(topicArn, []);
      return topicArn;
    },
    remove: (topicArn) => topics.delete(topicArn),
    subscribe: (topicArn, subscription) => {
      const added = { ...subscription, arn: `${topicArn}:${randomUUID()}` };
      subscriptions(topicArn).push(added);
      return added;
    },
    subscriptions,
    publish: (message) => {
      subscriptions(message.topicArn);
      published.push(message);
    },
    published: () => [...published],
  };
}
