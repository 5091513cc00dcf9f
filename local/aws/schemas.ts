/** The schema registry of EventBridge over REST JSON: where the Lambda console keeps saved test events. */
import { type JsonObject, parseJsonObject, requiredString, restJson, restJsonError } from './json-protocol.ts';
import { REST_JSON_REFUSALS } from './json-refusals.ts';
import { arn, type Estate, type Operation, type Service } from './service.ts';
import { NotModelledError, refuseUnmodelled, ServiceError } from './service-error.ts';
import type { WireRequest, WireResponse } from './wire.ts';

type Route = { method: string; on: 'registry' | 'schema'; members: string[] };

const ROUTES = {
  CreateRegistry: { method: 'POST', on: 'registry', members: ['Description'] },
  DescribeRegistry: { method: 'GET', on: 'registry', members: [] },
  CreateSchema: { method: 'POST', on: 'schema', members: ['Content', 'Type', 'Description'] },
  UpdateSchema: { method: 'PUT', on: 'schema', members: ['Content', 'Type', 'Description', 'ClientTokenId'] },
  DescribeSchema: { method: 'GET', on: 'schema', members: [] },
  DeleteSchema: { method: 'DELETE', on: 'schema', members: [] },
} satisfies Record<string, Route>;
type Name = keyof typeof ROUTES;

type Schema = { content: string; version: number; changedAt: Date };
type Registries = Map<string, Map<string, Schema>>;
type Asked = { registry: string; schema: string; input: JsonObject; registries: Registries; estate: Estate };

export function createSchemas(estate: Estate): Service {
  const registries: Registries = new Map();
  return {
    name: 'schemas',
    operations: Object.keys(ROUTES),
    refusals: REST_JSON_REFUSALS,
    identify: (request) => identify(request, estate, registries),
    renderError: restJsonError,
  };
}

function identify(request: WireRequest, estate: Estate, registries: Registries): Operation {
  const [, registry = '', schema = ''] = (
    /^\/v1\/registries\/name\/([^/]+)(?:\/schemas\/name\/([^/]+))?$/.exec(request.path) ?? []
  ).map((part) => decodeURIComponent(part ?? ''));
  const on = schema === '' ? 'registry' : 'schema';
  const routes = Object.entries(ROUTES) as [Name, Route][];
  const [name, route] =
    routes.find(([, candidate]) => candidate.method === request.method && candidate.on === on) ?? [];
  if (registry === '' || name === undefined || route === undefined) {
    throw new NotModelledError(`schemas:${request.method} ${request.path}`);
  }
  const operation = `schemas:${name}`;
  refuseUnmodelled({ operation, kind: 'query parameter', given: [...request.query.keys()], modelled: [] });
  const input = request.body.length === 0 ? {} : parseJsonObject(request);
  refuseUnmodelled({ operation, kind: 'parameter', given: Object.keys(input), modelled: route.members });
  const resource = arn(estate, 'schemas', on === 'registry' ? `registry/${registry}` : `schema/${registry}/${schema}`);
  return {
    name,
    permissions: [{ action: operation, resource }],
    changing: route.method !== 'GET',
    run: () => OPERATIONS[name]({ registry, schema, input, registries, estate }),
  };
}

const OPERATIONS: Record<Name, (asked: Asked) => WireResponse> = {
  CreateRegistry: (asked) => {
    if (asked.registries.has(asked.registry)) throw conflict(`registry ${asked.registry}`);
    asked.registries.set(asked.registry, new Map());
    return registryAnswer(asked, 201);
  },
  DescribeRegistry: (asked) => {
    registryOf(asked);
    return registryAnswer(asked, 200);
  },
  CreateSchema: (asked) => {
    if (registryOf(asked).has(asked.schema)) throw conflict(`schema ${asked.schema}`);
    return schemaAnswer(asked, store(asked, 1), 201);
  },
  UpdateSchema: (asked) => schemaAnswer(asked, store(asked, schemaOf(asked).version + 1), 200),
  DescribeSchema: (asked) => schemaAnswer(asked, schemaOf(asked), 200),
  DeleteSchema: (asked) => {
    schemaOf(asked);
    registryOf(asked).delete(asked.schema);
    return { status: 204 };
  },
};

function store(asked: Asked, version: number): Schema {
  if (asked.input.Type !== 'OpenApi3')
    throw badRequest(`type ${String(asked.input.Type)}: the stand-in knows OpenApi3`);
  const content = requiredString(asked.input, 'Content');
  try {
    JSON.parse(content);
  } catch (cause) {
    throw badRequest(`the content is not JSON: ${String(cause)}`);
  }
  const schema = { content, version, changedAt: asked.estate.clock.now() };
  registryOf(asked).set(asked.schema, schema);
  return schema;
}

function registryOf({ registries, registry }: Asked): Map<string, Schema> {
  return registries.get(registry) ?? notFound(`registry ${registry}`);
}

function schemaOf(asked: Asked): Schema {
  return registryOf(asked).get(asked.schema) ?? notFound(`schema ${asked.schema}`);
}

function registryAnswer({ registry, estate }: Asked, status: number): WireResponse {
  return restJson({ RegistryName: registry, RegistryArn: arn(estate, 'schemas', `registry/${registry}`) }, status);
}

/** Only DescribeSchema's reader looks at `Content`; the others' models have no such member and leave it out. */
function schemaAnswer({ registry, schema, estate }: Asked, stored: Schema, status: number): WireResponse {
  const changedAt = stored.changedAt.toISOString();
  const answer = {
    SchemaName: schema,
    SchemaArn: arn(estate, 'schemas', `schema/${registry}/${schema}`),
    SchemaVersion: String(stored.version),
    Type: 'OpenApi3',
    LastModified: changedAt,
    VersionCreatedDate: changedAt,
    Content: stored.content,
  };
  return restJson(answer, status);
}

function conflict(what: string): ServiceError {
  return new ServiceError({ code: 'ConflictException', status: 409 }, `${what} exists already`);
}

function notFound(what: string): never {
  throw new ServiceError({ code: 'NotFoundException', status: 404 }, `${what} does not exist`);
}

function badRequest(message: string): ServiceError {
  return new ServiceError({ code: 'BadRequestException', status: 400 }, message);
}
