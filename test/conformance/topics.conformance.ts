import {
  CreateTopicCommand,
  DeleteTopicCommand,
  ListSubscriptionsByTopicCommand,
  PublishCommand,
  type PublishCommandInput,
  SubscribeCommand,
} from '@aws-sdk/client-sns';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { refusalOf, sns, uniqueName } from './clients.ts';

/** A mailbox that AWS keeps for such tests: it accepts mail and nobody is bothered. */
const NOBODY = 'success@simulator.amazonses.com';
const MAX_MESSAGE_BYTES = 256 * 1024;

describe('topics', () => {
  const Name = uniqueName();
  let TopicArn: string;
  beforeAll(async () => {
    TopicArn = (await sns.send(new CreateTopicCommand({ Name }))).TopicArn ?? '';
  });
  afterAll(() => sns.send(new DeleteTopicCommand({ TopicArn })));

  const publish = (input: Omit<PublishCommandInput, 'TopicArn'>) =>
    sns.send(new PublishCommand({ TopicArn, ...input }));
  const invalid = { name: 'InvalidParameterException', status: 400 };

  it('creates a topic once, however often it is asked to', async () => {
    expect((await sns.send(new CreateTopicCommand({ Name }))).TopicArn).toBe(TopicArn);
  });

  it('takes a message with a subject of 99 characters, and one without a subject', async () => {
    expect((await publish({ Message: 'é 🚨\nsecond line', Subject: 'x'.repeat(99) })).MessageId).toBeDefined();
    expect((await publish({ Message: 'm' })).MessageId).toBeDefined();
  });

  it.each([
    { why: 'longer than 100 characters', Subject: 'x'.repeat(101) },
    { why: 'with a line break', Subject: 'two\nlines' },
    { why: 'with more than ASCII', Subject: 'café' },
    { why: 'that begins with a space', Subject: ' x' },
  ])('refuses a subject $why', async ({ Subject }) => {
    expect(await refusalOf(publish({ Message: 'm', Subject }))).toEqual(invalid);
  });

  it('takes 256 KiB of message, counted in bytes, and not one more', async () => {
    const full = 'é'.repeat(MAX_MESSAGE_BYTES / 2);
    expect((await publish({ Message: full })).MessageId).toBeDefined();
    expect(await refusalOf(publish({ Message: `${full}x` }))).toEqual(invalid);
  });

  it('refuses an empty message', async () => {
    expect(await refusalOf(publish({ Message: '' }))).toEqual(invalid);
  });

  it('refuses a topic that is not there', async () => {
    const absent = sns.send(new PublishCommand({ TopicArn: `${TopicArn}-none`, Message: 'm' }));
    expect(await refusalOf(absent)).toEqual({ name: 'NotFoundException', status: 404 });
  });

  it('lists a subscription that nobody confirmed as PendingConfirmation', async () => {
    await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'email', Endpoint: NOBODY }));
    const { Subscriptions } = await sns.send(new ListSubscriptionsByTopicCommand({ TopicArn }));
    const pending = { Protocol: 'email', Endpoint: NOBODY, SubscriptionArn: 'PendingConfirmation' };
    expect(Subscriptions).toMatchObject([pending]);
  });
});
