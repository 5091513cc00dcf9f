/** What a store's error means for a person: which bucket and key, and which permission or setting is missing. */
import { describe, RefusalError } from '../runtime/errors.ts';

export type Asked = {
  bucket: string;
  /** The key, or the prefix that was listed. */
  key?: string;
  /** What was being done, as in `be listed`. */
  doing: string;
  /** The permissions that it needs, in IAM's words. */
  needs: string;
};

/** @returns the error to throw: ours as it is, any other in our words */
export function refusalOf(error: unknown, asked: Asked): RefusalError {
  if (error instanceof RefusalError) return error;
  const { bucket, key, doing, needs } = asked;
  const what = key === undefined ? `The bucket ${bucket}` : `${key || 'All'} in the bucket ${bucket}`;
  const advice = adviceOn(error, needs);
  return new RefusalError(`${what} cannot ${doing}: ${said(error)}${advice === '' ? '' : ` (${advice})`}`, {
    cause: error,
  });
}

function adviceOn(error: unknown, needs: string): string {
  const status = statusOf(error);
  const name = nameOf(error);
  if (name === 'NoSuchBucket') return 'correct store.bucket, or its endpoint and region';
  if (name === 'PermanentRedirect' || status === 301) return 'the bucket is in another region; set store.region';
  if (name === 'InvalidObjectState')
    return 'it is archived; restore it in S3 first, or choose a storage class that reads at once';
  if (name === 'NotImplemented' || status === 501) return 'this store does not know the request';
  return status === 403 || status === 401 ? `this needs ${needs}` : '';
}

/** An answer to HEAD has no body, and so no words: only its status tells. */
function said(error: unknown): string {
  const status = statusOf(error);
  const isWordless = error instanceof Error && (error.message === '' || error.message === 'UnknownError');
  return isWordless && status !== undefined ? `HTTP status ${status}` : describe(error);
}

export function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : '';
}

export function statusOf(error: unknown): number | undefined {
  return (error as { $metadata?: { httpStatusCode?: number } } | undefined)?.$metadata?.httpStatusCode;
}
