/** What others do while a function is at work, at an exact moment of its work. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { TLSSocket } from 'node:tls';
import pg from 'pg';
import type { Estate } from '../../local/estate.ts';

const POLL_MS = 5;
/** Below the lock time-out of the functions. */
const PATIENCE_MS = 3_000;

/**
 * Changes a row in a session of its own, and commits that only when the run stands before that row's lock: what the run has
 * looked at by then is old. `next` is a statement for that moment. Where the run never waits for it, it is committed after a while all the same.
 */
export async function meanwhile<Result>(
  { alexander }: Estate,
  { sql, values, next }: { sql: string; values: unknown[]; next?: string },
  run: () => Promise<Result>,
): Promise<Result> {
  const other = new pg.Client(alexander.owner);
  await other.connect();
  try {
    await other.query('BEGIN');
    await other.query(sql, values);
    const running = run();
    await Promise.race([running.catch(() => {}), untilSomebodyWaits(alexander.owner)]);
    if (next !== undefined) await other.query(next);
    await other.query('COMMIT');
    return await running;
  } finally {
    await other.end();
  }
}

async function untilSomebodyWaits(config: pg.ClientConfig): Promise<void> {
  const observer = new pg.Client(config);
  await observer.connect();
  try {
    const waiting = `SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND application_name LIKE 'nightshift %'`;
    const endsAt = Date.now() + PATIENCE_MS;
    while (Date.now() < endsAt && (await observer.query(waiting)).rowCount === 0) await sleep(POLL_MS);
  } finally {
    await observer.end();
  }
}

type Arrived = { method: string; url: string };

/** Calls back for each request that arrives at the AWS stand-in, before it is answered, as long as `work` lasts. */
export async function watchingRequests<Result>(
  onRequest: (request: Arrived) => void,
  work: () => Promise<Result>,
): Promise<Result> {
  const listener = (message: unknown) => {
    const { method = '', url = '', socket } = (message as { request: IncomingMessage }).request;
    // The stand-in has no TLS; whatever else is served by this process has.
    if (!(socket instanceof TLSSocket)) onRequest({ method, url });
  };
  subscribe('http.server.request.start', listener);
  try {
    return await work();
  } finally {
    unsubscribe('http.server.request.start', listener);
  }
}

/** Calls back once `count` keys have been changed: the record of each is written twice, and the second time is the end of it. */
export function onceChanged(count: number, act: () => void): (request: Arrived) => void {
  let writes = 0;
  return ({ method, url }) => {
    if (method !== 'PUT' || !url.includes('/keys/')) return;
    writes += 1;
    if (writes === 2 * count) act();
  };
}
