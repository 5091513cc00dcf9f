/** What of an invocation's time a dump may take, and what is said where it is not enough (F79). */
import type { Deadline } from '../runtime/deadline.ts';
import { ageSaid, sizeSaid } from './sources/words.ts';
import type { Told } from './verified.ts';

/** Dropping a database takes a second or two; the run must still be able to look at what it found. */
const AFTERWARDS_MS = 20_000;

/** Ends early enough that the scratch database can be dropped, and the report be made. */
export function insideOf({ remainingMs, workMs }: Deadline): Deadline {
  return { remainingMs, workMs: () => Math.max(0, workMs() - AFTERWARDS_MS) };
}

export class OutOfTimeError extends Error {
  override name = 'OutOfTimeError';
}

/** @throws OutOfTimeError instead of the next piece, when the time is over */
export async function* beforeDeadline(bytes: AsyncIterable<Buffer>, deadline: Deadline): AsyncGenerator<Buffer> {
  for await (const piece of bytes) {
    if (deadline.workMs() === 0) throw new OutOfTimeError('out of time');
    yield piece;
  }
}

type Slow = {
  doing: 'read' | 'restored';
  bytes: number;
  /** Of the dump as it is stored (`read`) or inside (`restored`). */
  bytesPerSecond?: number | undefined;
  /** How long one invocation could have worked on it. */
  hadMs: number;
};

const LONGEST = 'A function may take 15 minutes at most.';

/** Never a silent time-out: a dump that nobody could look into is as bad as none. */
export function tooLarge({ doing, bytes, bytesPerSecond, hadMs }: Slow): Told {
  const speed = bytesPerSecond === undefined ? '' : `, at ${sizeSaid(bytesPerSecond)} a second`;
  return {
    severity: 'critical',
    thing: 'not verified',
    what: `it could not be ${doing} in the ${ageSaid(hadMs)} that one invocation has for it: ${sizeSaid(bytes)}${speed}`,
    remedy:
      doing === 'read'
        ? `Raise the function’s timeout. ${LONGEST}`
        : `Raise the function’s timeout. ${LONGEST} Have the job write pg_dump’s custom format (-Fc), which is restored over several invocations, or have the restore drill restore a snapshot.`,
  };
}

/** A restore of an archive that goes on. */
export function goesOn({ entries, hadMs, key }: { entries: number; hadMs: number; key: string }): Told {
  return {
    severity: 'critical',
    thing: 'not verified',
    what: `${key} is not verified yet: ${entries} entries of it are restored after ${ageSaid(hadMs)}`,
    remedy: 'The next invocation goes on where this one stopped; invoke it by hand to know sooner.',
  };
}
