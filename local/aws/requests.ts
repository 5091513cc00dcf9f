/** What was asked of the stand-in and by whom: the basis of the proof that roles allow what is used, and no more. */
import { randomUUID } from 'node:crypto';
import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Operation, Permission } from './service.ts';

export type RecordedRequest = {
  caller: string;
  service: string;
  operation: string;
  /** The IAM action and the ARN that it is asked for. */
  action: string;
  resource: string;
  conditions?: Record<string, string>;
  /** Further permissions that this very request needs, such as `s3:GetObject` behind a conditional write. */
  alsoNeeds?: Permission[];
  changing: boolean;
  /** HTTP status of the answer, also where a fault then lost it. */
  status: number;
  errorCode?: string;
};

export type RequestLog = {
  add(request: RecordedRequest): void;
  all(): RecordedRequest[];
  /** Appends all to `<folder>/<uuid>.jsonl` where the environment's NIGHTSHIFT_REQUEST_LOG names a folder. */
  save(): void;
};

export function createRequestLog(): RequestLog {
  const requests: RecordedRequest[] = [];
  return {
    add: (request) => requests.push(request),
    all: () => [...requests],
    save: () => {
      const folder = process.env.NIGHTSHIFT_REQUEST_LOG;
      if (folder === undefined || folder === '' || requests.length === 0) return;
      mkdirSync(folder, { recursive: true });
      // A name of its own for each stand-in, because test files run in parallel processes.
      const lines = requests.map((request) => `${JSON.stringify(request)}\n`).join('');
      appendFileSync(join(folder, `${randomUUID()}.jsonl`), lines);
    },
  };
}

/** One request's record. */
export function recordOf(
  asked: { caller: string; service: string; operation: Operation },
  answer: { status: number; errorCode?: string },
): RecordedRequest {
  const { caller, service, operation } = asked;
  const [own, ...others] = operation.permissions;
  return {
    caller,
    service,
    operation: operation.name,
    ...own,
    ...(others.length > 0 ? { alsoNeeds: others } : {}),
    changing: operation.changing,
    ...answer,
  };
}
