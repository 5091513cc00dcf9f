/** Waiting for something that takes its time on the other side. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Deadline } from '../../runtime/deadline.ts';

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;

/**
 * Asks again and again, less and less often.
 * @returns false where it is not so when no time is left, for now or altogether
 */
export async function comesTrue(
  isSo: () => Promise<boolean>,
  { deadline, mostMs = Number.POSITIVE_INFINITY }: { deadline: Deadline; mostMs?: number },
): Promise<boolean> {
  let waitedMs = 0;
  for (let pauseMs = FIRST_PAUSE_MS; !(await isSo()); pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
    if (Math.min(deadline.workMs(), mostMs - waitedMs) < pauseMs) return false;
    await sleep(pauseMs);
    waitedMs += pauseMs;
  }
  return true;
}
