/** The end of a run’s time, told apart from everything else that ends a shard. */
import type { Deadline } from '../runtime/deadline.ts';
import { RefusalError } from '../runtime/errors.ts';
import { wasTooLate } from '../runtime/postgres.ts';

const OUT_OF_TIME = new Error('out of time');

/** What putting a shard on record may take. */
const RECORD_MS = 2_000;

/** @throws RefusalError, which is the run’s only where not one shard was done */
export function mustHaveTime({ workMs }: Deadline): void {
  if (workMs() >= RECORD_MS) return;
  const advice = 'Raise the function’s timeout, cut the keys into more shards, or allow more requestsPerSecond.';
  throw new RefusalError(`Time ran out before one shard was marked. ${advice}`, { cause: OUT_OF_TIME });
}

/** Also where PostgreSQL or its connection was what the time ran out in. */
export function isOutOfTime(error: unknown): boolean {
  return (error instanceof RefusalError && error.cause === OUT_OF_TIME) || wasTooLate(error);
}
