/** Amazon SNS over the query protocol. */
import { randomUUID } from 'node:crypto';
import { pageOf } from './pages.ts';
import { type Form, parseQuery, queryAnswer, queryError, queryRefusals } from './query-protocol.ts';
import type { Estate, Operation, Service } from './service.ts';
import { arn } from './service.ts';
import { NotModelledError, ServiceError } from './service-error.ts';
import type { Subscription, TopicStore } from './sns-topics.ts';
import type { WireRequest } from './wire.ts';
import { element } from './xml.ts';

const NAMESPACE = 'http://sns.amazonaws.com/doc/2010-03-31/';
const PAGE_SIZE = 100;
const MAX_MESSAGE_BYTES = 256 * 1024;
const MAX_SUBJECT_CHARACTERS = 100;

const PARAMETERS = {
  Publish: ['TopicArn', 'Message', 'Subject', 'MessageStructure'],
  ListSubscriptionsByTopic: ['TopicArn', 'NextToken'],
  CreateTopic: ['Name'],
  DeleteTopic: ['TopicArn'],
  Subscribe: ['TopicArn', 'Protocol', 'Endpoint'],
};
type Name = keyof typeof PARAMETERS;

export function createSns(estate: Estate, store: TopicStore): Service {
  return {
    name: 'sns',
    operations: Object.keys(PARAMETERS),
    refusals: queryRefusals('AuthorizationError'),
    identify: (request) => identify(request, estate, store),
    renderError: (error) => queryError(error, NAMESPACE),
  };
}

function identify(request: WireRequest, estate: Estate, store: TopicStore): Operation {
  const { name, operation, form } = parseQuery(request, { name: 'sns', parameters: PARAMETERS });
  const resource = name === 'CreateTopic' ? arn(estate, 'sns', required(form, 'Name')) : required(form, 'TopicArn');
  return {
    name,
    permissions: [{ action: operation, resource }],
    changing: name !== 'ListSubscriptionsByTopic',
    run: () => queryAnswer({ name, result: OPERATIONS[name](form, store), namespace: NAMESPACE }),
  };
}

/** Each gives the XML of its result. */
const OPERATIONS: Record<Name, (form: Form, store: TopicStore) => string> = {
  Publish: (form, store) => {
    const subject = form.get('Subject');
    const published = { topicArn: required(form, 'TopicArn'), message: required(form, 'Message') };
    checkMessage(published.message, form.get('MessageStructure'));
    if (subject !== undefined) checkSubject(subject);
    store.publish({ ...published, ...(subject === undefined ? {} : { subject }) });
    return element('MessageId', randomUUID());
  },
  ListSubscriptionsByTopic: (form, store) => {
    const topicArn = required(form, 'TopicArn');
    const page = pageOf(store.subscriptions(topicArn), { token: form.get('NextToken'), size: PAGE_SIZE });
    if (page === undefined) throw invalid('NextToken');
    const members = page.items.map((subscription) => memberXml(topicArn, subscription));
    return `<Subscriptions>${members.join('')}</Subscriptions>${element('NextToken', page.next)}`;
  },
  CreateTopic: (form, store) => element('TopicArn', store.create(required(form, 'Name'))),
  DeleteTopic: (form, store) => {
    store.remove(required(form, 'TopicArn'));
    return '';
  },
  Subscribe: (form, store) => {
    const protocol = required(form, 'Protocol');
    if (protocol !== 'email') throw new NotModelledError('sns:Subscribe', `protocol ${protocol}`);
    const subscription = { protocol, endpoint: required(form, 'Endpoint'), confirmed: false };
    store.subscribe(required(form, 'TopicArn'), subscription);
    return element('SubscriptionArn', 'pending confirmation');
  },
};

/** With the structure `json`, a message holds a text for each protocol, and must hold one for all others. */
function checkMessage(message: string, structure: string | undefined): void {
  if (Buffer.byteLength(message) > MAX_MESSAGE_BYTES) throw invalid('Message too long');
  if (structure === undefined) return;
  if (structure !== 'json') throw invalid('MessageStructure');
  if (typeof defaultText(message) !== 'string')
    throw invalid('Message Structure - No default entry in JSON message body');
}

function defaultText(message: string): unknown {
  try {
    return JSON.parse(message)?.default;
  } catch {
    throw invalid('Message Structure - JSON message body failed to parse');
  }
}

/** ASCII that begins with a letter, digit or punctuation mark, in one line. */
function checkSubject(subject: string): void {
  const isPrintable = /^[\x21-\x7e][\x20-\x7e]*$/.test(subject);
  if (!isPrintable || subject.length > MAX_SUBJECT_CHARACTERS) throw invalid('Subject');
}

function memberXml(topicArn: string, { protocol, endpoint, confirmed, arn: subscriptionArn }: Subscription): string {
  const content = [
    element('TopicArn', topicArn),
    element('Protocol', protocol),
    element('Endpoint', endpoint),
    element('SubscriptionArn', confirmed ? subscriptionArn : 'PendingConfirmation'),
  ];
  return `<member>${content.join('')}</member>`;
}

function required(form: Form, name: string): string {
  const value = form.get(name);
  if (value === undefined || value === '') throw invalid(name === 'Message' ? 'Empty message' : name);
  return value;
}

function invalid(what: string): ServiceError {
  return new ServiceError({ code: 'InvalidParameter', status: 400 }, `Invalid parameter: ${what}`);
}
