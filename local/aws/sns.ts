/** Amazon SNS over the query protocol: a form goes in, XML comes out. */
import { randomUUID } from 'node:crypto';
import type { Estate, Operation, Service } from './service.ts';
import { arn } from './service.ts';
import { NotModelledError, refuseUnmodelled, ServiceError } from './service-error.ts';
import type { Subscription, TopicStore } from './sns-topics.ts';
import type { WireRequest, WireResponse } from './wire.ts';
import { element, xmlDocument } from './xml.ts';

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
type Form = Map<string, string>;

export function createSns(estate: Estate, store: TopicStore): Service {
  return {
    name: 'sns',
    operations: Object.keys(PARAMETERS),
    refusals: {
      unknownKey: { code: 'InvalidClientTokenId', status: 403 },
      badSignature: { code: 'SignatureDoesNotMatch', status: 403 },
      skewed: { code: 'SignatureDoesNotMatch', status: 403 },
      accessDenied: { code: 'AuthorizationError', status: 403 },
      throttled: { code: 'Throttling', status: 400 },
    },
    identify: (request) => identify(request, estate, store),
    renderError,
  };
}

function identify(request: WireRequest, estate: Estate, store: TopicStore): Operation {
  const form: Form = new Map(new URLSearchParams(request.body.toString('utf8')));
  const name = form.get('Action') as Name;
  const operation = `sns:${name}`;
  if (!Object.hasOwn(PARAMETERS, name)) throw new NotModelledError(operation);
  const modelled = ['Action', 'Version', ...PARAMETERS[name]];
  refuseUnmodelled({ operation, kind: 'parameter', given: [...form.keys()], modelled });
  const resource = name === 'CreateTopic' ? arn(estate, 'sns', required(form, 'Name')) : required(form, 'TopicArn');
  return {
    name,
    permissions: [{ action: operation, resource }],
    changing: name !== 'ListSubscriptionsByTopic',
    run: () => respond(name, OPERATIONS[name](form, store)),
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
    const all = store.subscriptions(topicArn);
    const start = readToken(form.get('NextToken'));
    const end = start + PAGE_SIZE;
    const members = all.slice(start, end).map((subscription) => memberXml(topicArn, subscription));
    const token = end < all.length ? element('NextToken', writeToken(end)) : '';
    return `<Subscriptions>${members.join('')}</Subscriptions>${token}`;
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

function writeToken(start: number): string {
  return Buffer.from(`start:${start}`).toString('base64');
}

function readToken(token: string | undefined): number {
  if (token === undefined) return 0;
  const match = /^start:(\d+)$/.exec(Buffer.from(token, 'base64').toString('utf8'));
  if (match === null) throw invalid('NextToken');
  return Number(match[1]);
}

function required(form: Form, name: string): string {
  const value = form.get(name);
  if (value === undefined || value === '') throw invalid(name === 'Message' ? 'Empty message' : name);
  return value;
}

function invalid(what: string): ServiceError {
  return new ServiceError({ code: 'InvalidParameter', status: 400 }, `Invalid parameter: ${what}`);
}

function respond(name: Name, result: string): WireResponse {
  const metadata = `<ResponseMetadata>${element('RequestId', randomUUID())}</ResponseMetadata>`;
  const body = xmlDocument(`${name}Response`, `<${name}Result>${result}</${name}Result>${metadata}`, NAMESPACE);
  return { status: 200, headers: { 'content-type': 'text/xml' }, body };
}

function renderError(error: ServiceError): WireResponse {
  const content = element('Type', 'Sender') + element('Code', error.code) + element('Message', error.message);
  const body = xmlDocument(
    'ErrorResponse',
    `<Error>${content}</Error>${element('RequestId', randomUUID())}`,
    NAMESPACE,
  );
  return { status: error.status, headers: { 'content-type': 'text/xml' }, body };
}
