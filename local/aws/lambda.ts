/** AWS Lambda's Invoke: calls what a test has registered under the function's name. */
import { type JsonObject, restJsonError } from './json-protocol.ts';
import { REST_JSON_REFUSALS } from './json-refusals.ts';
import { arn, type Estate, type Operation, type Service } from './service.ts';
import { NotModelledError, refuseUnmodelled, ServiceError } from './service-error.ts';
import type { WireRequest, WireResponse } from './wire.ts';

/** `qualifier` is the alias or version that was asked for. What it returns becomes the payload, as JSON. */
export type LambdaFunction = (event: unknown, qualifier: string | undefined) => unknown;

export type FunctionStore = {
  /** By the function's name. */
  register(name: string, run: LambdaFunction): void;
  find(name: string): LambdaFunction | undefined;
};

export function createFunctionStore(): FunctionStore {
  const functions = new Map<string, LambdaFunction>();
  return { register: (name, run) => functions.set(name, run), find: (name) => functions.get(name) };
}

export function createLambda(estate: Estate, store: FunctionStore): Service {
  return {
    name: 'lambda',
    operations: ['Invoke'],
    refusals: REST_JSON_REFUSALS,
    identify: (request) => identify(request, estate, store),
    renderError: restJsonError,
  };
}

type Invocation = { name: string; qualifier?: string; type: string; event: unknown };

function identify(request: WireRequest, estate: Estate, store: FunctionStore): Operation {
  const match = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/.exec(request.path);
  if (request.method !== 'POST' || match === null)
    throw new NotModelledError(`lambda:${request.method} ${request.path}`);
  const given = [...request.query.keys()];
  refuseUnmodelled({ operation: 'lambda:Invoke', kind: 'query parameter', given, modelled: ['Qualifier'] });
  refuseHeaders(request);
  const { name, qualifier } = readFunction(decodeURIComponent(match[1] ?? ''), request.query.get('Qualifier'));
  const invocation = { name, ...(qualifier === undefined ? {} : { qualifier }), ...readEvent(request) };
  const resource = arn(estate, 'lambda', ['function', name, ...(qualifier === undefined ? [] : [qualifier])].join(':'));
  return {
    name: 'Invoke',
    permissions: [{ action: 'lambda:InvokeFunction', resource }],
    changing: true,
    run: () => invoke(invocation, store),
  };
}

function refuseHeaders(request: WireRequest): void {
  const given = Object.keys(request.headers).filter((header) => header.startsWith('x-amz-'));
  const modelled = ['x-amz-date', 'x-amz-content-sha256', 'x-amz-user-agent', 'x-amz-invocation-type'];
  refuseUnmodelled({ operation: 'lambda:Invoke', kind: 'header', given, modelled });
}

/** A function is named by its name or its ARN, either with `:qualifier` behind it. */
function readFunction(text: string, fromQuery: string | undefined): { name: string; qualifier?: string } {
  const [name = '', inName] = text.replace(/^arn:aws:lambda:[^:]+:\d+:function:/, '').split(':');
  const qualifier = fromQuery ?? inName;
  return { name, ...(qualifier === undefined ? {} : { qualifier }) };
}

function readEvent(request: WireRequest): { type: string; event: unknown } {
  const type = request.headers['x-amz-invocation-type'] ?? 'RequestResponse';
  if (type !== 'RequestResponse' && type !== 'Event') throw new NotModelledError('lambda:Invoke', `type ${type}`);
  if (request.body.length === 0) return { type, event: {} };
  try {
    return { type, event: JSON.parse(request.body.toString('utf8')) };
  } catch (cause) {
    const message = `could not parse the request body as JSON: ${String(cause)}`;
    throw new ServiceError({ code: 'InvalidRequestContentException', status: 400 }, message);
  }
}

async function invoke({ name, qualifier, type, event }: Invocation, store: FunctionStore): Promise<WireResponse> {
  const run = store.find(name);
  if (run === undefined) {
    throw new ServiceError({ code: 'ResourceNotFoundException', status: 404 }, `Function not found: ${name}`);
  }
  const outcome = settle(run, event, qualifier);
  // Lambda takes an event and answers at once; how it went is never told to the one who sent it.
  if (type === 'Event') return { status: 202 };
  const { payload, failed } = await outcome;
  const headers = {
    'x-amz-executed-version': qualifier ?? '$LATEST',
    ...(failed ? { 'x-amz-function-error': 'Unhandled' } : {}),
  };
  return { status: 200, headers, body: JSON.stringify(payload ?? null) };
}

async function settle(
  run: LambdaFunction,
  event: unknown,
  qualifier: string | undefined,
): Promise<{ payload: unknown; failed: boolean }> {
  try {
    return { payload: await run(event, qualifier), failed: false };
  } catch (thrown) {
    const error = thrown instanceof Error ? thrown : new Error(String(thrown));
    const payload: JsonObject = { errorType: error.name, errorMessage: error.message };
    return { payload, failed: true };
  }
}
