/** Time as AWS's local runner skips it: waits of hours are over at once, and nothing short takes longer than it says. */
import { LocalDurableTestRunner } from '@aws/durable-execution-sdk-js-testing';

/** What the runner's fake timers are moved by; they hang it on the functions that they replace. */
type Clock = { tick(ms: number): number };

/**
 * The runner moves its fake timers once in 20 ms of real time, so that each step of an execution, which sets several of a millisecond,
 * takes some 80. Here they move every millisecond too.
 * @returns what ends it
 */
export async function skipTime(): Promise<() => Promise<void>> {
  const { setInterval: every, clearInterval: stop } = globalThis;
  await LocalDurableTestRunner.setupTestEnvironment({ skipTime: true });
  const { clock } = setTimeout as unknown as { clock: Clock };
  const moving = every(() => clock.tick(1), 1);
  return async () => {
    stop(moving);
    await LocalDurableTestRunner.teardownTestEnvironment();
  };
}
