/** If-Match and If-None-Match: judged and acted on in one turn of the event loop, so that of two writers only one wins. */
import type { ObjectVersion } from './s3-objects.ts';
import { NotModelledError, ServiceError } from './service-error.ts';
import type { WireRequest } from './wire.ts';

const FAILED = { code: 'PreconditionFailed', status: 412 };

/** Throws PreconditionFailed, or NoSuchKey where If-Match names an ETag of an object that is not there. */
export function checkConditions(request: WireRequest, current: ObjectVersion | undefined, operation: string): void {
  const { 'if-match': ifMatch, 'if-none-match': ifNoneMatch } = request.headers;
  if (ifNoneMatch !== undefined) checkAbsent(ifNoneMatch, current, operation);
  if (ifMatch !== undefined) checkUnchanged(ifMatch, current, operation);
}

function checkAbsent(ifNoneMatch: string, current: ObjectVersion | undefined, operation: string): void {
  if (ifNoneMatch !== '*') throw new NotModelledError(operation, 'If-None-Match other than *');
  if (current !== undefined) throw new ServiceError(FAILED, 'the object exists already (If-None-Match)');
}

function checkUnchanged(ifMatch: string, current: ObjectVersion | undefined, operation: string): void {
  if (ifMatch === '*') throw new NotModelledError(operation, 'If-Match *');
  if (current === undefined) throw new ServiceError({ code: 'NoSuchKey', status: 404 }, 'there is no object to match');
  // S3 takes an ETag with its quotes or without.
  if (ifMatch.replaceAll('"', '') !== current.etag.replaceAll('"', '')) {
    throw new ServiceError(FAILED, 'the object has another ETag (If-Match)');
  }
}
