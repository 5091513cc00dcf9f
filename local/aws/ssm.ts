/** The Parameter Store of AWS Systems Manager, over JSON 1.1. */
import {
  epochSeconds,
  type JsonObject,
  json11,
  json11Error,
  parseJsonObject,
  requiredString,
} from './json-protocol.ts';
import { JSON11_REFUSALS } from './json-refusals.ts';
import { arn, type Estate, type Operation, type Service } from './service.ts';
import { NotModelledError, refuseUnmodelled, ServiceError } from './service-error.ts';
import type { WireRequest } from './wire.ts';

const TARGET = 'AmazonSSM.';

const MEMBERS = {
  GetParameter: ['Name'],
  PutParameter: ['Name', 'Value', 'Type', 'Overwrite'],
  DeleteParameter: ['Name'],
};
type Name = keyof typeof MEMBERS;

type Parameter = { name: string; value: string; version: number; changedAt: Date };

export type ParameterStore = {
  put(name: string, value: string): Parameter;
  find(name: string): Parameter;
  has(name: string): boolean;
  /** Throws ParameterNotFound. */
  remove(name: string): void;
};

export function createParameterStore(estate: Estate): ParameterStore {
  const parameters = new Map<string, Parameter>();
  const find = (name: string): Parameter => {
    const parameter = parameters.get(name);
    if (parameter !== undefined) return parameter;
    throw new ServiceError({ code: 'ParameterNotFound', status: 400 }, `there is no parameter ${name}`);
  };
  return {
    put: (name, value) => {
      const version = (parameters.get(name)?.version ?? 0) + 1;
      const parameter = { name, value, version, changedAt: estate.clock.now() };
      parameters.set(name, parameter);
      return parameter;
    },
    find,
    has: (name) => parameters.has(name),
    remove: (name) => parameters.delete(find(name).name),
  };
}

export function createSsm(estate: Estate, store: ParameterStore): Service {
  return {
    name: 'ssm',
    operations: Object.keys(MEMBERS),
    refusals: JSON11_REFUSALS,
    identify: (request) => identify(request, estate, store),
    renderError: json11Error,
  };
}

function identify(request: WireRequest, estate: Estate, store: ParameterStore): Operation {
  const name = (request.headers['x-amz-target'] ?? '').replace(TARGET, '') as Name;
  const operation = `ssm:${name}`;
  if (!Object.hasOwn(MEMBERS, name)) throw new NotModelledError(operation);
  const input = parseJsonObject(request);
  refuseUnmodelled({ operation, kind: 'parameter', given: Object.keys(input), modelled: MEMBERS[name] });
  const parameter = requiredString(input, 'Name');
  const resource = parameterArn(estate, parameter);
  return {
    name,
    permissions: [{ action: operation, resource }],
    changing: name !== 'GetParameter',
    run: () => json11(OPERATIONS[name]({ parameter, input, resource, store })),
  };
}

/** A hierarchical name brings its own first slash. */
function parameterArn(estate: Estate, name: string): string {
  return arn(estate, 'ssm', `parameter/${name.replace(/^\//, '')}`);
}

type Asked = { parameter: string; input: JsonObject; resource: string; store: ParameterStore };

const OPERATIONS: Record<Name, (asked: Asked) => JsonObject> = {
  GetParameter: ({ parameter, resource, store }) => {
    const { name, value, version, changedAt } = store.find(parameter);
    const dates = { LastModifiedDate: epochSeconds(changedAt) };
    const kind = { Type: 'String', DataType: 'text' };
    return { Parameter: { ARN: resource, Name: name, Value: value, Version: version, ...kind, ...dates } };
  },
  PutParameter: ({ parameter, input, store }) => {
    if (input.Type !== 'String' && input.Type !== undefined) {
      throw new NotModelledError('ssm:PutParameter', `type ${String(input.Type)}`);
    }
    const isNew = !store.has(parameter);
    if (isNew && input.Type === undefined) {
      throw new ServiceError({ code: 'ValidationException', status: 400 }, 'a new parameter needs a type');
    }
    if (!isNew && input.Overwrite !== true) {
      throw new ServiceError({ code: 'ParameterAlreadyExists', status: 400 }, `${parameter} exists already`);
    }
    return { Version: store.put(parameter, requiredString(input, 'Value')).version, Tier: 'Standard' };
  },
  DeleteParameter: ({ parameter, store }) => {
    store.remove(parameter);
    return {};
  },
};
