/** Keeps requests under a rate, evenly: a store that is asked in bursts answers them with SlowDown. */
import { setTimeout as sleep } from 'node:timers/promises';

/** To be awaited before each request. */
export type Pace = () => Promise<void>;

export function openPace(requestsPerSecond: number): Pace {
  const stepMs = 1000 / requestsPerSecond;
  let freeAt = 0;
  return async () => {
    const now = performance.now();
    const at = Math.max(now, freeAt);
    freeAt = at + stepMs;
    if (at > now) await sleep(at - now);
  };
}
