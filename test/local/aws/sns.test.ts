import {
  CreateTopicCommand,
  DeleteTopicCommand,
  ListSubscriptionsByTopicCommand,
  ListTopicsCommand,
  PublishCommand,
  SubscribeCommand,
} from '@aws-sdk/client-sns';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type StandIn, startStandIn } from '../../../local/aws/stand-in.ts';
import { clientsFor, errorOf } from './clients.ts';

describe('the stand-in for SNS', () => {
  let standIn: StandIn;
  let sns: ReturnType<typeof clientsFor>['sns'];
  let TopicArn: string;
  beforeEach(async () => {
    standIn = await startStandIn();
    sns = clientsFor(standIn).sns;
    TopicArn = standIn.createTopic('page');
  });
  afterEach(() => standIn.stop());

  it('keeps what was published, letter for letter', async () => {
    const message = 'a+b = c & d%\né 🚨';
    await sns.send(new PublishCommand({ TopicArn, Message: message, Subject: 'x'.repeat(100) }));
    await sns.send(new PublishCommand({ TopicArn, Message: 'm' }));
    expect(standIn.published()).toEqual([
      { topicArn: TopicArn, message, subject: 'x'.repeat(100) },
      { topicArn: TopicArn, message: 'm' },
    ]);
    expect(standIn.requests()[0]).toMatchObject({ action: 'sns:Publish', resource: TopicArn, changing: true });
  });

  it('takes a text for each protocol, and insists on one for all others', async () => {
    const publish = (Message: string, MessageStructure = 'json') =>
      sns.send(new PublishCommand({ TopicArn, Message, MessageStructure }));
    const message = JSON.stringify({ default: 'for a chat', email: 'for a person' });
    await publish(message);
    expect(standIn.published()).toEqual([{ topicArn: TopicArn, message }]);
    expect((await errorOf(publish('{"email": "for a person"}'))).message).toMatch('No default entry');
    expect((await errorOf(publish('plain text'))).message).toMatch('failed to parse');
    expect((await errorOf(publish(message, 'xml'))).name).toBe('InvalidParameterException');
  });

  it('lists subscriptions a hundred at a time, and which of them nobody confirmed', async () => {
    for (let index = 0; index < 101; index += 1) {
      standIn.subscribe(TopicArn, { protocol: 'email', endpoint: `${index}@example.com`, confirmed: index !== 100 });
    }
    const first = await sns.send(new ListSubscriptionsByTopicCommand({ TopicArn }));
    const { NextToken } = first;
    const second = await sns.send(new ListSubscriptionsByTopicCommand({ TopicArn, NextToken }));
    expect(first.Subscriptions).toHaveLength(100);
    expect(first.Subscriptions?.[0]?.SubscriptionArn).toMatch(`${TopicArn}:`);
    const pending = { Protocol: 'email', Endpoint: '100@example.com', SubscriptionArn: 'PendingConfirmation' };
    expect(second.Subscriptions).toMatchObject([pending]);
    expect(second.NextToken).toBeUndefined();
    const bogus = sns.send(new ListSubscriptionsByTopicCommand({ TopicArn, NextToken: 'bogus' }));
    expect((await errorOf(bogus)).name).toBe('InvalidParameterException');
  });

  it('makes, subscribes to and removes a topic through the API', async () => {
    const made = await sns.send(new CreateTopicCommand({ Name: 'notify' }));
    const again = await sns.send(new CreateTopicCommand({ Name: 'notify' }));
    expect([made.TopicArn, again.TopicArn]).toEqual(Array(2).fill(TopicArn.replace('page', 'notify')));
    await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'email', Endpoint: 'a@example.com' }));
    const listed = await sns.send(new ListSubscriptionsByTopicCommand({ TopicArn }));
    expect(listed.Subscriptions).toMatchObject([{ SubscriptionArn: 'PendingConfirmation' }]);
    await sns.send(new DeleteTopicCommand({ TopicArn }));
    const gone = sns.send(new PublishCommand({ TopicArn, Message: 'm' }));
    expect(await errorOf(gone)).toMatchObject({ name: 'NotFoundException', status: 404 });
    expect(standIn.published()).toEqual([]);
  });

  it('names what it does not model', async () => {
    expect((await errorOf(sns.send(new ListTopicsCommand({})))).message).toBe('stand-in does not model sns:ListTopics');
    const grouped = sns.send(new PublishCommand({ TopicArn, Message: 'm', MessageGroupId: 'g' }));
    expect((await errorOf(grouped)).message).toContain('parameter MessageGroupId of sns:Publish');
    const queue = sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint: 'arn:x' }));
    expect((await errorOf(queue)).message).toContain('protocol sqs of sns:Subscribe');
    expect(standIn.published()).toEqual([]);
  });
});
