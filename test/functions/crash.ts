/** Kills a run at one chosen call, AWS request or what goes elsewhere, and leaves everything as a process that is gone leaves it. */
import pg from 'pg';
import type { RecordedRequest } from '../../local/aws/requests.ts';
import type { Estate } from '../../local/estate.ts';
import type { StatementProxy } from '../../local/postgres/proxy.ts';
import type { Invocation, Killable } from './killable.ts';
import { watchingRequests } from './meanwhile.ts';

/** What stands before the one server, beside AWS, that the runs talk to: a database, whose calls are statements, or an HTTP API. */
export type Elsewhere = Pick<StatementProxy, 'failBefore' | 'loseReply' | 'die' | 'revive' | 'count' | 'statements'>;

/** `admin` logs in to the estate's database by itself, and sees who is there. */
export type Ground<Proxy extends Elsewhere = StatementProxy> = { estate: Estate; proxy: Proxy; admin: pg.ClientConfig };

/**
 * One call of a good run, in the order in which the run makes them: the n-th of its kind, how many of the other came before, and
 * the statement, or the method and path of the request. `elsewhere`: to the database or the API. `changes`: something outside of the
 * run may be otherwise after it.
 */
export type CallPoint = { kind: 'elsewhere' | 'aws'; nth: number; otherBefore: number; text: string; changes: boolean };

export type CrashPoint = CallPoint & { when: 'never sent' | 'reply lost' };

/** Lets a run end well, and tells its calls in order. A run awaits each call before it makes the next. */
export async function callsOf(
  { estate, proxy }: Ground<Elsewhere>,
  thread: Killable,
  invocation: Invocation,
): Promise<CallPoint[]> {
  const statementsBefore = proxy.count();
  const requestsBefore = estate.aws.requests().length;
  const points: CallPoint[] = [];
  let aws = 0;
  let elsewhere = 0;
  const addStatements = () => {
    for (const text of proxy.statements().slice(statementsBefore + elsewhere))
      points.push({ kind: 'elsewhere', nth: ++elsewhere, otherBefore: aws, text, changes: !READING.test(text) });
  };
  const addRequest = ({ method, url }: { method: string; url: string }) => {
    addStatements();
    points.push({ kind: 'aws', nth: ++aws, otherBefore: elsewhere, text: `${method} ${url}`, changes: true });
  };
  await watchingRequests(addRequest, () => thread.run(invocation));
  addStatements();
  const requests = estate.aws.requests().slice(requestsBefore);
  if (requests.length !== aws) throw new Error(`${aws} requests to AWS arrived and ${requests.length} were recorded`);
  return points.map((at) => (at.kind === 'aws' ? { ...at, changes: mayChange(requests[at.nth - 1]) } : at));
}

/** A statement that leaves nothing behind when its session is gone, or a request of an API that only reads. */
const READING =
  /^\s*(?!.*\b(pg_terminate_backend|pg_cancel_backend|nextval|setval|lo_\w+|INTO)\b)(?!.*;\s*\S)(SELECT|SHOW|BEGIN|START TRANSACTION|SET|ROLLBACK|GET|HEAD)\b/is;

/** What these services are asked to change goes on by itself; in the stand-in, whenever it is looked at. */
const MOVING = new Set(['elasticache', 'rds']);

/** Whether anything may be otherwise after this request. One that was refused has changed nothing. */
export function mayChange(request?: Pick<RecordedRequest, 'changing' | 'service' | 'status'>): boolean {
  if (request === undefined) return true;
  return request.status < 400 && (request.changing || MOVING.has(request.service));
}

/**
 * Where to kill a run so that everything it can leave behind is left once: before its first call, and after each one that may have
 * changed something, whose reply is lost. A run that dies before a call leaves what one leaves that dies after the call before, and
 * after a call that only reads, what it would leave without it (ADR 10). Where NIGHTSHIFT_EVERY_CRASH is set, each call twice: never
 * sent, and sent with its reply lost.
 */
export function crashPoints(calls: CallPoint[]): CrashPoint[] {
  const { NIGHTSHIFT_EVERY_CRASH: every = '' } = process.env;
  return calls.flatMap((at, index) => [
    ...(index === 0 || every !== '' ? [{ ...at, when: 'never sent' as const }] : []),
    ...(at.changes || every !== '' ? [{ ...at, when: 'reply lost' as const }] : []),
  ]);
}

/** Resolves when nothing of the run is left: no thread, no connection, no open transaction. */
export async function crashAt(
  { estate, proxy, admin }: Ground<Elsewhere>,
  thread: Killable,
  { point, ...invocation }: Invocation & { point: CrashPoint },
): Promise<void> {
  const { faults } = estate.aws;
  const statements = proxy.count();
  let died = Promise.resolve();
  const die = () => {
    thread.kill();
    faults.die();
    died = proxy.die();
  };
  faults.clear();
  if (point.kind === 'aws') {
    faults.crash({ call: point.nth, when: point.when === 'never sent' ? 'before' : 'after' }, die);
  } else {
    const strike = point.when === 'never sent' ? proxy.failBefore : proxy.loseReply;
    strike(point.nth, die);
  }
  await thread.run(invocation);
  await died;
  const made = proxy.count() - statements;
  if (made !== (point.kind === 'elsewhere' ? point.nth : point.otherBefore))
    throw new Error(`${JSON.stringify(point)} was not where the run died: it made ${made} calls elsewhere`);
  await untilRolledBack(admin);
  await proxy.revive();
  faults.clear();
}

/** PostgreSQL notices within milliseconds that a connection is gone, and rolls back what was open on it. */
async function untilRolledBack(admin: pg.ClientConfig): Promise<void> {
  const client = new pg.Client(admin);
  await client.connect();
  try {
    const sql = `SELECT FROM pg_stat_activity WHERE application_name LIKE 'nightshift %'`;
    while ((await client.query(sql)).rowCount !== 0) await new Promise((resolve) => setTimeout(resolve, 2));
  } finally {
    await client.end();
  }
}
