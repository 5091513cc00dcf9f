/**
 * How long something took that begins in one invocation and ends in another. The store's clock is the same for both, and ticks in
 * seconds only; a function's own ticks in milliseconds, and two functions' may be hours apart (F18).
 */
import type { Store } from '../runtime/store.ts';

/** `at` by the store's clock, `atMs` by ours. */
export type Moment = { at: string; atMs: number };

/** The store tells whole seconds, at either end. */
const STORE_ERROR_MS = 2_000;

export function momentOf(store: Pick<Store, 'now'>, atMs: number = Date.now()): Moment {
  return { at: store.now().toISOString(), atMs };
}

/** By our own clocks, unless the store's says that these do not agree. Never negative. */
export function millisecondsSince({ at, atMs }: Moment, store: Pick<Store, 'now'>, nowMs: number = Date.now()): number {
  const byStoreMs = store.now().getTime() - new Date(at).getTime();
  const byOursMs = nowMs - atMs;
  return Math.max(0, Math.abs(byOursMs - byStoreMs) <= STORE_ERROR_MS ? byOursMs : byStoreMs);
}
