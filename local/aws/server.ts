/** The HTTP side: one request in, authenticated, understood, perhaps spoilt by a fault, carried out, recorded, answered. */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { authenticate } from './authentication.ts';
import type { CredentialStore } from './credentials.ts';
import type { FaultGate } from './faults.ts';
import { type RequestLog, recordOf } from './requests.ts';
import type { Estate, Operation, Service } from './service.ts';
import { NotModelledError, ServiceError } from './service-error.ts';
import { parseAuthorization } from './signature.ts';
import { readRequest, type WireRequest, type WireResponse } from './wire.ts';

export type Parts = {
  estate: Estate;
  services: Service[];
  credentials: CredentialStore;
  gate: FaultGate;
  log: RequestLog;
  /** Told of a mistake of the stand-in's own, which must not pass for an answer of AWS. */
  onDefect(error: unknown): void;
};

type Answer = { response: WireResponse; errorCode?: string };

export async function listen(parts: Parts): Promise<{ server: Server; endpoint: string }> {
  const server = createServer((incoming, outgoing) => void handle(parts, incoming, outgoing));
  await new Promise<void>((resolve, reject) => {
    const explain = (cause: Error) =>
      reject(new Error('no port on 127.0.0.1 for the AWS stand-in; check that loopback is up and allowed', { cause }));
    server.once('error', explain);
    server.listen(0, '127.0.0.1', resolve);
  });
  return { server, endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

async function handle(parts: Parts, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  try {
    const request = await readRequest(incoming);
    const response = parts.gate.isDead() ? undefined : await answer(parts, request);
    if (response === undefined) incoming.socket.destroy();
    else send(outgoing, response, parts.estate);
  } catch (error) {
    // A client that left in the middle of its own request is no defect of ours.
    if (incoming.complete) parts.onDefect(error);
    incoming.socket.destroy();
  }
}

/** Undefined where a fault loses the request or its reply. */
async function answer(parts: Parts, request: WireRequest): Promise<WireResponse | undefined> {
  const authorization = parseAuthorization(request.headers.authorization);
  const service = parts.services.find(({ name }) => name === authorization?.service);
  if (authorization === undefined || service === undefined) return refuseStranger(authorization?.service);
  try {
    const caller = authenticate({ request, authorization, service }, parts.credentials, parts.estate);
    return await serve(parts, { request, service, caller });
  } catch (error) {
    return answerError(parts, service, error).response;
  }
}

type Asked = { request: WireRequest; service: Service; caller: string };

async function serve(parts: Parts, { request, service, caller }: Asked): Promise<WireResponse | undefined> {
  const operation = identify({ request, service, caller });
  const { call, lost } = parts.gate.count();
  if (lost === 'before') return undefined;
  const [{ action, resource }] = operation.permissions;
  const at = { call, on: `${action} ${resource}` };
  await parts.gate.hold({ ...at, when: 'before' });
  const { response, errorCode } = await carryOut(parts, { service, caller, operation });
  const answered = { status: response.status, ...(errorCode === undefined ? {} : { errorCode }) };
  parts.log.add(recordOf({ caller, service: service.name, operation }, answered));
  await parts.gate.hold({ ...at, when: 'after' });
  return lost === 'after' ? undefined : response;
}

/** What is not modelled is recorded as well, under its name, so that the proof of permissions sees that it was asked for. */
function identify({ request, service }: Asked): Operation {
  try {
    return service.identify(request);
  } catch (error) {
    if (!(error instanceof NotModelledError)) throw error;
    const refuse = () => {
      throw error;
    };
    const name = error.operation.slice(error.operation.indexOf(':') + 1);
    return {
      name,
      permissions: [{ action: error.operation, resource: '*' }],
      changing: request.method !== 'GET',
      run: refuse,
    };
  }
}

async function carryOut(
  parts: Parts,
  { service, caller, operation }: { service: Service; caller: string; operation: Operation },
): Promise<Answer> {
  try {
    parts.gate.check({ caller, service, operation: operation.name });
    const response = await operation.run();
    const cutAfterBytes = parts.gate.cut({ service, operation: operation.name });
    return { response: cutAfterBytes === undefined ? response : { ...response, cutAfterBytes } };
  } catch (error) {
    return answerError(parts, service, error);
  }
}

function answerError(parts: Parts, service: Service, error: unknown): Answer {
  if (error instanceof ServiceError) return { response: service.renderError(error), errorCode: error.code };
  parts.onDefect(error);
  const defect = new ServiceError({ code: 'InternalError', status: 500 }, `defect of the stand-in: ${String(error)}`);
  return { response: service.renderError(defect), errorCode: defect.code };
}

function refuseStranger(service: string | undefined): WireResponse {
  const message =
    service === undefined
      ? 'the request is not signed with AWS4-HMAC-SHA256 in its header'
      : `stand-in does not model ${service}`;
  const headers = {
    'content-type': 'text/plain',
    'x-amzn-errortype': service === undefined ? 'AccessDenied' : 'NotImplemented',
  };
  return { status: service === undefined ? 403 : 501, headers, body: message };
}

function send(outgoing: ServerResponse, response: WireResponse, { clock }: Estate): void {
  const requestId = randomUUID();
  const body = response.body ?? '';
  outgoing.writeHead(response.status, {
    // Of the account's own time: it is what a client corrects its clock by.
    date: clock.now().toUTCString(),
    'x-amz-request-id': requestId,
    'x-amzn-requestid': requestId,
    ...(response.status === 204 ? {} : { 'content-length': String(Buffer.byteLength(body)) }),
    ...response.headers,
  });
  if (response.cutAfterBytes === undefined) outgoing.end(body);
  else outgoing.write(Buffer.from(body as string).subarray(0, response.cutAfterBytes), () => outgoing.destroy());
}
