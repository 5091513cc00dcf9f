/** The query protocol: a form goes in, XML comes out. */
import { randomUUID } from 'node:crypto';
import type { Service } from './service.ts';
import { NotModelledError, refuseUnmodelled, type ServiceError } from './service-error.ts';
import type { WireRequest, WireResponse } from './wire.ts';
import { element, xmlDocument } from './xml.ts';

export type Form = Map<string, string>;

/** How the query services turn a request away. Only the name of a missing permission differs. */
export function queryRefusals(accessDenied: string): Service['refusals'] {
  return {
    unknownKey: { code: 'InvalidClientTokenId', status: 403 },
    badSignature: { code: 'SignatureDoesNotMatch', status: 403 },
    skewed: { code: 'SignatureDoesNotMatch', status: 403 },
    accessDenied: { code: accessDenied, status: 403 },
    throttled: { code: 'Throttling', status: 400 },
  };
}

/** `parameters` names those of each operation; any other, and any other operation, is a `NotModelledError`. */
export function parseQuery<Name extends string>(
  request: WireRequest,
  service: { name: string; parameters: Record<Name, string[]> },
): { name: Name; operation: string; form: Form } {
  const form: Form = new Map(new URLSearchParams(request.body.toString('utf8')));
  const name = form.get('Action') as Name;
  const operation = `${service.name}:${name}`;
  if (!Object.hasOwn(service.parameters, name)) throw new NotModelledError(operation);
  const modelled = ['Action', 'Version', ...service.parameters[name]];
  refuseUnmodelled({ operation, kind: 'parameter', given: [...form.keys()], modelled });
  return { name, operation, form };
}

type Answer = { name: string; result: string; namespace: string };

/** `result` is the XML of the operation's result. */
export function queryAnswer({ name, result, namespace }: Answer): WireResponse {
  const metadata = `<ResponseMetadata>${element('RequestId', randomUUID())}</ResponseMetadata>`;
  const body = xmlDocument(`${name}Response`, `<${name}Result>${result}</${name}Result>${metadata}`, namespace);
  return { status: 200, headers: { 'content-type': 'text/xml' }, body };
}

export function queryError(error: ServiceError, namespace: string): WireResponse {
  const content = element('Type', 'Sender') + element('Code', error.code) + element('Message', error.message);
  const told = `<Error>${content}</Error>${element('RequestId', randomUUID())}`;
  const body = xmlDocument('ErrorResponse', told, namespace);
  return { status: error.status, headers: { 'content-type': 'text/xml' }, body };
}
