/** Amazon EventBridge over JSON 1.1, as far as taking in events. */
import { randomUUID } from 'node:crypto';
import { type JsonObject, json11, json11Error, parseJsonObject } from './json-protocol.ts';
import { JSON11_REFUSALS } from './json-refusals.ts';
import { arn, type Estate, type Operation, type Service } from './service.ts';
import { NotModelledError, refuseUnmodelled, ServiceError } from './service-error.ts';
import type { WireRequest } from './wire.ts';

/** An event as a rule would see it. */
export type BusEvent = { source: string; detailType: string; detail: unknown; resources: string[] };

export type EventBus = { put(event: BusEvent): void; events(): BusEvent[] };

const TARGET = 'AWSEvents.';
const ENTRY_MEMBERS = ['Source', 'DetailType', 'Detail', 'Resources'];

export function createEventBus(): EventBus {
  const events: BusEvent[] = [];
  return { put: (event) => events.push(event), events: () => [...events] };
}

/** Only the account's default bus. */
export function createEvents(estate: Estate, bus: EventBus): Service {
  return {
    name: 'events',
    operations: ['PutEvents'],
    refusals: JSON11_REFUSALS,
    identify: (request) => identify(request, estate, bus),
    renderError: json11Error,
  };
}

function identify(request: WireRequest, estate: Estate, bus: EventBus): Operation {
  const name = (request.headers['x-amz-target'] ?? '').replace(TARGET, '');
  const operation = `events:${name}`;
  if (name !== 'PutEvents') throw new NotModelledError(operation);
  const input = parseJsonObject(request);
  refuseUnmodelled({ operation, kind: 'parameter', given: Object.keys(input), modelled: ['Entries'] });
  const entries = entriesOf(input);
  const sources = [...new Set(entries.map(({ source }) => source))].join(',');
  const resource = arn(estate, 'events', 'event-bus/default');
  return {
    name,
    permissions: [{ action: operation, resource, conditions: { 'events:source': sources } }],
    changing: true,
    run: () => {
      for (const entry of entries) bus.put(entry);
      return json11({ FailedEntryCount: 0, Entries: entries.map(() => ({ EventId: randomUUID() })) });
    },
  };
}

function entriesOf({ Entries: entries }: JsonObject): BusEvent[] {
  if (!Array.isArray(entries) || entries.length === 0 || entries.length > 10) throw invalid('Entries must be 1 to 10');
  return entries.map((entry: JsonObject) => {
    refuseUnmodelled({
      operation: 'events:PutEvents',
      kind: 'entry',
      given: Object.keys(entry),
      modelled: ENTRY_MEMBERS,
    });
    const { Source: source, DetailType: detailType, Detail: detail, Resources: resources = [] } = entry;
    if (typeof source !== 'string' || typeof detailType !== 'string' || typeof detail !== 'string')
      throw invalid('an entry needs Source, DetailType and Detail');
    return { source, detailType, detail: JSON.parse(detail) as unknown, resources: resources as string[] };
  });
}

function invalid(message: string): ServiceError {
  return new ServiceError({ code: 'ValidationException', status: 400 }, message);
}
