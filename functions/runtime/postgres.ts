/**
 * One connection to one PostgreSQL, that never waits for ever, never trusts a wrong server, and never mistakes hidden rows for
 * no rows.
 */
import { existsSync, readFileSync } from 'node:fs';
import type { Readable } from 'node:stream';
import pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import type { Database } from './contract.ts';
import type { Deadline } from './deadline.ts';
import { describe, RefusalError } from './errors.ts';
import type { Login } from './secret.ts';
import { type Complaint, type Copied, complaintOf, copyRows, type Ran, runStatements } from './statements.ts';

export type Session = {
  /** @throws RefusalError with what PostgreSQL said, or when it did not answer in time; the connection is gone then */
  query<Row extends object>(text: string, values?: unknown[]): Promise<Row[]>;
  /** The UTF-8 text of a `COPY … TO STDOUT`, in pieces. @throws RefusalError; never ends early without one */
  copyOut(text: string): AsyncIterable<Buffer>;
  /**
   * Carries out one statement, and no second one that hides behind it; fields come as PostgreSQL writes them.
   * @throws RefusalError when the connection is lost; what PostgreSQL has against the statement is an answer
   */
  ask(statement: string, values?: unknown[]): Promise<Answer>;
  /** Carries out statements in one message, all or none of them unless they say otherwise. @throws RefusalError as `ask` does */
  run(statements: string): Promise<Ran>;
  /** Rows into a table, as a `COPY … FROM stdin` names it. @throws RefusalError as `ask` does, and what reading `data` throws */
  copyIn(text: string, data: AsyncIterable<Buffer>): Promise<Copied>;
  /** Runs work between BEGIN and COMMIT, and rolls back when it throws. */
  transaction<Result>(work: () => Promise<Result>): Promise<Result>;
  close(): Promise<void>;
};

type Answer = { rows: (string | null)[][] } | { complaint: Complaint };

type Access = { database: Pick<Database, 'tls' | 'caPem'>; login: Login; deadline: Deadline; application: string };

const CONNECT_TIMEOUT_MS = 5_000;
/** Longer than any row is locked by a working application, shorter than anyone's patience with us. */
const LOCK_TIMEOUT_MS = 5_000;
/** A transaction of ours is idle only while its intent is being stored in S3. */
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 30_000;
/** A living server closes the connection at once; a dead one must not keep the run from reporting. */
const GOODBYE_TIMEOUT_MS = 1_000;
/** How much is read before somebody asks for it: what PostgreSQL sends while we are busy can wait in the network. */
const READ_AHEAD_BYTES = 16 * 1024;
/** How soon the server notices that we are gone, and stops the statement that we began. PostgreSQL 14 and newer. */
const CLIENT_CHECK_INTERVAL_MS = 2_000;

/** @throws RefusalError when the server cannot be reached, is not who it should be, or is a standby */
export async function connect(access: Access): Promise<Session> {
  const client = new pg.Client(clientConfig(access));
  // Without a listener, a connection that breaks between two queries ends the process. The next query reports it.
  client.on('error', () => {});
  try {
    await client.connect();
    await within(access.deadline, client, client.query(guards(access)));
    await within(access.deadline, client, refuseStandby(client));
  } catch (error) {
    destroy(client);
    throw refusal(error, `PostgreSQL at ${access.login.host}:${access.login.port}`);
  }
  return sessionOf(client, access.deadline);
}

function clientConfig({ database, login, application }: Access): pg.ClientConfig {
  return {
    host: login.host,
    port: login.port,
    database: login.dbname,
    user: login.user,
    password: login.password,
    application_name: application,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    ssl: tlsOf(database, login.host),
  };
}

/** Lambda's Node does not load Amazon's own CAs by itself; they are in this file. */
const LAMBDA_CA_FILE = '/var/runtime/ca-cert.pem';
const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost']);

function tlsOf(database: Access['database'], host: string): pg.ClientConfig['ssl'] {
  if (database.tls === 'off') {
    if (LOOPBACK.has(host)) return false;
    throw new RefusalError(
      `settings.database.tls is off, which is allowed for a loopback host only, and the host is ${host}.`,
    );
  }
  const ca = database.caPem ?? (existsSync(LAMBDA_CA_FILE) ? readFileSync(LAMBDA_CA_FILE, 'utf8') : undefined);
  // `host` makes Node check an address against the certificate; pg itself passes on names only.
  return { host, minVersion: 'TLSv1.2', rejectUnauthorized: true, ...(ca !== undefined && { ca }) };
}

function guards({ deadline }: Access): string {
  return [
    `SET statement_timeout = ${Math.max(1, deadline.workMs())}`,
    `SET lock_timeout = ${LOCK_TIMEOUT_MS}`,
    `SET idle_in_transaction_session_timeout = ${IDLE_IN_TRANSACTION_TIMEOUT_MS}`,
    // A policy that would hide rows from us becomes an error instead of fewer rows.
    'SET row_security = off',
    // Names in settings carry their schema; nothing else may be found on the way.
    "SET search_path = ''",
    "SET TimeZone = 'UTC'",
    `SELECT set_config(name, '${CLIENT_CHECK_INTERVAL_MS}', false) FROM pg_settings WHERE name = 'client_connection_check_interval'`,
  ].join(';');
}

async function refuseStandby(client: pg.Client): Promise<void> {
  const { rows } = await client.query('SELECT pg_catalog.pg_is_in_recovery() AS standby');
  if (rows[0]?.standby !== false)
    throw new RefusalError('It is a standby, whose rows may be old. Name the primary in settings.database.host.');
}

function sessionOf(client: pg.Client, deadline: Deadline): Session {
  const query = async <Row extends object>(text: string, values: unknown[] = []) => {
    const bounded = within(deadline, client, client.query<Row & pg.QueryResultRow>(text, values));
    const { rows } = await bounded.catch((error) => Promise.reject(refusal(error, 'PostgreSQL')));
    return rows as Row[];
  };
  return {
    query,
    copyOut: (text) => copyOut(client, { text, deadline }),
    ask: (text, values = []) => answered(within(deadline, client, client.query(single(text, values)))),
    run: (text) => orRefusal(within(deadline, client, runStatements(client, text))),
    copyIn: (text, data) => copyIn(client, { text, data, deadline }),
    transaction: async (work) => {
      await query('BEGIN');
      try {
        const result = await work();
        await query('COMMIT');
        return result;
      } catch (error) {
        // Closing the connection rolls back for certain; a ROLLBACK might not arrive either.
        destroy(client);
        throw error;
      }
    },
    close: async () => {
      const goodbye = { workMs: () => Math.min(GOODBYE_TIMEOUT_MS, deadline.workMs()) };
      await within(goodbye, client, client.end()).catch(() => {});
    },
  };
}

/** PostgreSQL takes one statement only in its extended protocol. */
function single(text: string, values: unknown[]) {
  // What pg's own types leave out.
  const extended = { queryMode: 'extended' } as object;
  return {
    ...extended,
    text,
    values,
    rowMode: 'array' as const,
    types: { getTypeParser: () => (value: string) => value },
  };
}

async function answered(asked: Promise<pg.QueryArrayResult>): Promise<Answer> {
  try {
    return { rows: (await asked).rows };
  } catch (error) {
    const complaint = complaintOf(error);
    if (complaint) return { complaint };
    throw refusal(error, 'PostgreSQL');
  }
}

function orRefusal<Result>(work: Promise<Result>): Promise<Result> {
  return work.catch((error) => Promise.reject(refusal(error, 'PostgreSQL')));
}

type CopyingIn = { text: string; data: AsyncIterable<Buffer>; deadline: Deadline };

/** What goes wrong with the data is the caller's to understand, and so thrown as it is. */
async function copyIn(client: pg.Client, { text, data, deadline }: CopyingIn) {
  let broken: { error: unknown } | undefined;
  async function* told() {
    try {
      yield* data;
    } catch (error) {
      broken = { error };
      throw error;
    }
  }
  try {
    return await within(deadline, client, copyRows(client, text, told()));
  } catch (error) {
    throw broken ? broken.error : refusal(error, 'PostgreSQL');
  }
}

async function* copyOut(
  client: pg.Client,
  { text, deadline }: { text: string; deadline: Deadline },
): AsyncGenerator<Buffer> {
  const stream: Readable = client.query(copyTo(text, { highWaterMark: READ_AHEAD_BYTES }));
  // The stream itself does not notice a connection that breaks, and would wait for ever.
  const broken = () => stream.destroy(new Error('the connection was lost while rows were read'));
  client.once('end', broken);
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    destroy(client);
  }, deadline.workMs());
  try {
    yield* stream;
  } catch (error) {
    throw refusal(isLate ? new Error(TOO_LATE, { cause: error }) : error, 'PostgreSQL');
  } finally {
    clearTimeout(timer);
    client.off('end', broken);
  }
}

const TOO_LATE = 'no answer before the deadline of this run; raise the function’s timeout or add an index';

/** Whether it was the deadline that ended a connection, and not the server or the network. */
export function wasTooLate(error: unknown): boolean {
  return error instanceof RefusalError && error.cause instanceof Error && error.cause.message === TOO_LATE;
}

/**
 * The server's own time-out is counted from the beginning of each statement, so it may come after the deadline, or, from a server
 * that is gone, never.
 */
async function within<Result>(
  deadline: Pick<Deadline, 'workMs'>,
  client: pg.Client,
  work: Promise<Result>,
): Promise<Result> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    destroy(client);
    reject(new Error(TOO_LATE));
  }, deadline.workMs());
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** node-postgres waits for a dead peer to say goodbye; its socket does not. */
function destroy(client: pg.Client): void {
  (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
}

/** What PostgreSQL means by its codes, where its own message leaves a person asking. */
const MEANING: Record<string, string> = {
  '28P01': 'the secret’s password is not this role’s password',
  '28000': 'the server does not let this role in from here (pg_hba.conf)',
  '3D000': 'correct settings.database.dbname or the secret’s',
  '42P01': 'correct the table’s name in settings, or its schema',
  '42703': 'correct the column’s name in settings',
  '42501': 'the GRANTs that this runbook needs are in its README',
  '57014': 'it took longer than this run may; raise the function’s timeout or add an index',
  '55P03': 'somebody holds a lock on it; the next run will try again',
};

function refusal(error: unknown, who: string): RefusalError {
  if (error instanceof RefusalError) return error;
  const meaning = MEANING[(error as { code?: string }).code ?? ''];
  return new RefusalError(`${who}: ${describe(error)}${meaning ? ` (${meaning})` : ''}`, { cause: error });
}
