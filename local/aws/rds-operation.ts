/** What every modelled operation of RDS tells the service, and the words that they have in common. */
import type { DatabaseStore } from './database-store.ts';
import { pageOf } from './pages.ts';
import type { Form } from './query-protocol.ts';
import { arn, type Estate, type Permission } from './service.ts';
import { ServiceError } from './service-error.ts';

export type Asked = { form: Form; estate: Estate; store: DatabaseStore };

export type RdsOperation = {
  /** Any other is refused. */
  parameters: string[];
  changing: boolean;
  /** What IAM is asked; `action` is the operation's own. */
  permissions(asked: Asked, action: string): [Permission, ...Permission[]];
  /** The XML of the result. */
  run(asked: Asked): string | Promise<string>;
};

const MIN_PAGE_SIZE = 20;
const MAX_PAGE_SIZE = 100;

export function readPage<T>(all: T[], form: Form): { items: T[]; next?: string } {
  const size = Number(form.get('MaxRecords') ?? MAX_PAGE_SIZE);
  if (!Number.isInteger(size) || size < MIN_PAGE_SIZE || size > MAX_PAGE_SIZE) {
    throw invalid(`MaxRecords must be ${MIN_PAGE_SIZE} to ${MAX_PAGE_SIZE}`);
  }
  return pageOf(all, { token: form.get('Marker'), size }) ?? refuseMarker();
}

/** An identifier may be given as the instance's ARN. */
export function instanceArn(estate: Estate, identifier: string): string {
  return identifier.startsWith('arn:') ? identifier : arn(estate, 'rds', `db:${identifier.toLowerCase()}`);
}

export function notFound(code: string, what: string): ServiceError {
  return new ServiceError({ code, status: 404 }, `${what} not found.`);
}

export function refused(code: string, message: string): ServiceError {
  return new ServiceError({ code, status: 400 }, message);
}

function refuseMarker(): never {
  throw invalid('Marker is none that this list gave out');
}

function invalid(message: string): ServiceError {
  return refused('InvalidParameterValue', message);
}
