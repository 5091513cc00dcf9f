/** Kills a run at one chosen call, SQL statement or AWS request, and leaves everything as a process that is gone leaves it. */
import type { Estate } from '../../../local/estate.ts';
import type { StatementProxy } from '../../../local/postgres/proxy.ts';
import { watchingRequests } from '../meanwhile.ts';
import { asOwner } from '../time.ts';
import type { Invocation, Killable } from './killable.ts';

export type Ground = { estate: Estate; proxy: StatementProxy };

/**
 * One call of a good run, in the order in which the run makes them: the n-th of its kind, how many of the other came before, and
 * the statement, or the method and path of the request.
 */
export type CallPoint = { kind: 'sql' | 'aws'; nth: number; otherBefore: number; text: string };

export type CrashPoint = CallPoint & { when: 'never sent' | 'reply lost' };

/** Lets a run end well, and tells its calls in order. A run awaits each call before it makes the next. */
export async function callsOf({ proxy }: Ground, thread: Killable, invocation: Invocation): Promise<CallPoint[]> {
  const statementsBefore = proxy.count();
  const points: CallPoint[] = [];
  let aws = 0;
  let sql = 0;
  const addStatements = () => {
    for (const text of proxy.statements().slice(statementsBefore + sql))
      points.push({ kind: 'sql', nth: ++sql, otherBefore: aws, text });
  };
  const addRequest = ({ method, url }: { method: string; url: string }) => {
    addStatements();
    points.push({ kind: 'aws', nth: ++aws, otherBefore: sql, text: `${method} ${url}` });
  };
  await watchingRequests(addRequest, () => thread.run(invocation));
  addStatements();
  return points;
}

/** Resolves when nothing of the run is left: no thread, no connection, no open transaction. */
export async function crashAt(
  { estate, proxy }: Ground,
  thread: Killable,
  { point, ...invocation }: Invocation & { point: CrashPoint },
): Promise<void> {
  const { faults } = estate.aws;
  const statements = proxy.count();
  let died = Promise.resolve();
  const die = () => {
    thread.kill();
    died = proxy.die();
  };
  faults.clear();
  if (point.kind === 'aws') {
    faults.crash({ call: point.nth, when: point.when === 'never sent' ? 'before' : 'after' }, die);
  } else {
    const strike = point.when === 'never sent' ? proxy.failBefore : proxy.loseReply;
    strike(point.nth);
    // A run that loses a statement makes no other before it next asks AWS for something, and there it ends.
    faults.crash({ call: point.otherBefore + 1, when: 'before' }, die);
  }
  await thread.run(invocation);
  await died;
  const made = proxy.count() - statements;
  if (made !== (point.kind === 'sql' ? point.nth : point.otherBefore))
    throw new Error(`${JSON.stringify(point)} was not where the run died: it made ${made} statements`);
  await untilRolledBack(estate);
  await proxy.revive();
  faults.clear();
}

/** PostgreSQL notices within milliseconds that a connection is gone, and rolls back what was open on it. */
async function untilRolledBack(estate: Estate): Promise<void> {
  const sql = `SELECT FROM pg_stat_activity WHERE application_name LIKE 'nightshift %'`;
  while ((await asOwner(estate, sql)).length > 0) await new Promise((resolve) => setTimeout(resolve, 2));
}
