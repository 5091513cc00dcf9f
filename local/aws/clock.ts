/** The account's time: it ticks like real time, and a test moves it on by hours. Everything dated is dated by it. */
export type Clock = { now(): Date; advance(ms: number): void };

/** A clock that begins `skewMs` away from this machine's. */
export function createClock(skewMs: number): Clock {
  let offsetMs = skewMs;
  return {
    now: () => new Date(Date.now() + offsetMs),
    advance: (ms) => {
      offsetMs += ms;
    },
  };
}
